"""Stories: told without a name, found by words, shown where somebody needs the same."""

import pytest
from django.utils import timezone

from interactions.models import NeedKind, Story
from interactions.selectors.stories import search, stories_part, story_here
from interactions.services.authors import author_of
from interactions.services.needs import record_need
from interactions.services.stories import StoryRefused, Told, hide_story, stands_in, tell_story, thank_story
from tests.cast import Company
from tests.interactions.mailing import ALICE
from tests.privacy.gate.asking import give_address
from tests.tenancy.test_settings_pages import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def lift(company: Company, **values: object) -> Story:
    told = Told(**{"title": "A lift to the tram", "text": "The box was heavy, so I carried it along.",
                   "tags": ("Delivery", "#delivery ", "on foot"), **values})  # type: ignore[arg-type]  # fmt: skip
    return tell_story(told=told, by=author_of(company.access("alice")), customer=company.customer["ada"])


@pytest.mark.parametrize(
    "text",
    [
        "It was Lovelace again, who asked.",
        "ADA LOVELACE wanted help with it.",
        "Write to ADA@veld.example about that.",
    ],
)
def test_a_story_does_not_say_who_it_was(in_a: Company, text: str) -> None:
    give_address(in_a.customer["ada"], value="ada@veld.example")
    with pytest.raises(StoryRefused, match="Leave out") as refused:
        lift(in_a, text=text)
    assert refused.value.code == "names_customer"
    page = signed_in(in_a, "alice").post(
        in_a.url(f"customers/{in_a.customer['ada'].id}/story/"), {"title": "A lift", "text": text}
    )
    assert page.status_code == 422
    assert not Story.objects.exists()


def test_words_that_are_no_name(in_a: Company) -> None:
    assert not stands_in("House", "We went to the house")
    assert stands_in("王", "今天王先生来了")
    assert not stands_in("Ada", "Adamant")
    assert lift(in_a).tags == ["delivery", "on foot"]


def test_found_thanked_and_hidden(in_a: Company) -> None:
    story, other = lift(in_a), lift(in_a, title="Another one", tags=())
    assert list(search("HEAVY tram")) == [story]
    assert list(search("", tag="on foot")) == [story]
    assert list(search("one % _")) == []
    ben = in_a.member["bob"]
    assert (thank_story(story=story, member=ben), thank_story(story=story, member=ben)) == (True, False)
    page = signed_in(in_a, "bob").get(in_a.url(f"stories/{story.id}/")).content.decode()
    assert "You said thanks" in page
    assert "Who it was" not in page
    assert "Who it was" in signed_in(in_a, "alice").get(in_a.url(f"stories/{story.id}/")).content.decode()
    assert signed_in(in_a, "fran").get(in_a.url("stories/?q=tram")).content.decode().count("data-open") == 1
    with pytest.raises(StoryRefused):
        hide_story(story=story, by=author_of(in_a.access("bob")), may_all=False)
    hide_story(story=story, by=author_of(in_a.access("alice")), may_all=False)
    assert (story_here(story.id), story_here(other.id)) == (None, other)


def test_shown_where_somebody_needs_the_same(in_a: Company) -> None:
    kind = NeedKind.objects.order_by("position")[0]
    for number in range(4):
        lift(in_a, title=f"Lift {number}", need_kind=kind)
    ben = in_a.customer["ben"]
    part = stories_part(in_a.access("bob"), ben)
    assert part is not None
    assert part["lines"] == []
    record_need(customer=ben, kind=kind, by=ALICE, visibility="portfolio")
    assert [line.story.title for line in stories_part(in_a.access("bob"), ben)["lines"]] == [  # type: ignore[index]
        "Lift 3", "Lift 2", "Lift 1",
    ]  # fmt: skip
    # Alice does not see Bob's private need, nor anything that gives it away.
    assert stories_part(in_a.access("alice"), ben)["lines"] == []  # type: ignore[index]
    assert stories_part(in_a.access("alice"), in_a.customer["ada"])["lines"] == []  # type: ignore[index]
    assert Story.objects.filter(told_at__lte=timezone.now()).count() == 4
