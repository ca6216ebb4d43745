"""The condition component: a tree of groups and typed lines as fields of a form, for rules, segments and lists.

How a page embeds it. The view asks for the context and hands it to the template as `condition`:

    raw = {...}                                              # JSON as in rules.language.parse; {} is empty
    _, problems = read(raw, currency=..., access=access)     # rules.language.parse
    context["condition"] = component(raw, problems, prefix="where", access=access)

    <form method="post" ...>{% csrf_token %}{% include "desk/rules/_condition.html" %}<button>Show</button></form>
    {% block page_scripts %}<script type="module" src="{% static 'js/conditions.js' %}"></script>

and reads it back wherever the form arrives, whatever else stands in it: `tree_from_form(request.POST, "where")`.
The hidden field `<prefix>_json` holds the same tree as compact JSON, as of the last change.

While somebody edits, the component posts the whole form to `post_url`, by default the page `rules_condition`, which
stores nothing. What was pressed stands in `do`. The answer to a press is the tree again (`desk/rules/_tree.html`); the
answer to a changed value only says what is wrong where (`desk/rules/_says.html`), so that nobody loses what they type.
A page with an address of its own (`post_url`) calls `edited(request.POST, prefix)` and renders the same two
templates, with whatever else shall follow a change as out-of-band parts. After every change the component tells the
page `cs:condition` (HX-Trigger-After-Settle), so that a count can listen: `hx-trigger="cs:condition from:body"`.

`counts=True` leaves a place for the count of each line, `<id of the line>_count`, to be filled out-of-band.
A prefix is made of letters, digits and hyphens. Ids and names of fields are alike: `<prefix>-<n>-<n>_<field>`; the
condition inside a measure stands under `-w`.
"""

from rules.forms.component import component, places
from rules.forms.fields import tree_from_form
from rules.forms.moves import Edit, edited

__all__ = ["Edit", "component", "edited", "places", "tree_from_form"]
