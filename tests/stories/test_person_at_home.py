"""A customer with a phone and no password: chooses, pauses, leaves in one click, and reads what is known of them."""

import zipfile

import pytest
from playwright.sync_api import Page, expect

from crm.selectors.where import all_of, in_address, line
from tests.post_office import link_in
from tests.stories.conftest import Visit
from tests.stories.installation import Installation
from tests.stories.visitor import Visitor

pytestmark = pytest.mark.browser

NADIA, ADA, OSCAR = "nadia@bluebird.example", "ada@bluebird.example", "oscar@bluebird.example"
MAY_BE_PROFILED = in_address(all_of(line("privacy.may_be_profiled", "yes")))
PHONE = {"width": 390, "height": 844}


class Hand:
    """Counts what it presses: a no may cost no more than a yes."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def press(self, name: str, role: str = "button") -> None:
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        self.clicks += 1

    def choose(self, purpose: str, channel: str, answer: str) -> None:
        line = self.page.get_by_role("group", name=f"{purpose}, {channel}", exact=True)
        line.get_by_role("radio", name=answer).click()
        self.clicks += 1

    def since(self) -> int:
        counted, self.clicks = self.clicks, 0
        return counted


def newcomer(visit: Visit, name: str, address: str) -> Visitor:
    """Nadia adds a customer and stands on their page. Nothing was said by them yet.

    Who stands where in her list, and what they said, depends on the day and on what other stories did before.
    """
    nadia = visit(NADIA)
    nadia.go("/t/bluebird/customers/new/")
    nadia.page.get_by_label("Name", exact=True).fill(name)
    nadia.page.get_by_label("E-mail").first.fill(address)
    nadia.page.get_by_role("button", name="Add the customer").click()
    nadia.says(f"{name} is a customer now")
    return nadia


def who_buys(visit: Visit) -> Visitor:
    """Nadia on the page of one of her better customers, whose worth is worked out."""
    nadia = visit(NADIA)
    nadia.go(f"/t/bluebird/customers/?{MAY_BE_PROFILED}&sort=-value.lifetime_value")
    nadia.page.locator("tbody [data-open]").last.click()
    return nadia


def sent_by(nadia: Visitor, served: Installation) -> tuple[str, str]:
    """The link to their own page that Nadia sends from a customer's page; with the address it went to."""
    page = nadia.page
    page.get_by_role("link", name="Their preference link").click()
    address = page.locator("main label").first.inner_text().removeprefix("For ")
    before = len(served.office.to(address))
    nadia.look("preference-link", sizes=("wide",))
    page.get_by_role("button", name="Send preference link").first.click()
    expect(page.locator("main").get_by_role("status")).to_contain_text(f"Sent to {address}")
    return address, link_in(served.office.await_letter(address, before + 1))


MAILING = """
from crm.models import ContactPoint
from privacy.delivery import Mail, send_email
from privacy.gate import Ask, permit
from privacy.links import unsubscribe_link
from privacy.models import Purpose
from privacy.services.mailing import OWN
from tenancy.context import tenant_context
from tenancy.models import Tenant

with tenant_context(Tenant.objects.get(slug="bluebird").id):
    point = ContactPoint.objects.get(value_key="{address}")
    for purpose in Purpose.objects.filter(key__in=["marketing", "newsletter"]).order_by("key"):
        # Under the duty to answer: whether a newsletter may go now hangs on the hour at which this runs.
        ask = Ask(customer_id=point.customer_id, channel="email", purpose="privacy_answer", message=OWN)
        letter = Mail(purpose.name, purpose.name, purpose.name, "en", unsubscribe_link(point, purpose))
        send_email(permit(ask, key=f"story:{{purpose.id}}"), letter)
"""


def at_home(visit: Visit, link: str) -> Visitor:
    person = visit()
    person.page.set_viewport_size(PHONE)
    person.go(link)
    return person


def test_a_person_decides(visit: Visit, served: Installation) -> None:
    address, link = sent_by(newcomer(visit, "Rosa Ferreira", "rosa.ferreira@veldpost.example"), served)
    person = at_home(visit, link)
    page, hand = person.page, Hand(person.page)
    expect(page.get_by_role("heading", level=1)).to_have_text("What may we send you?")
    assert address not in page.content()
    page.screenshot(path="var/screenshots/a-person-decides-at-first-sight.png")
    person.look("what-may-we-send-you")
    page.set_viewport_size(PHONE)

    hand.choose("Newsletter", "E-mail", "Yes")
    hand.press("Save")
    expect(page.get_by_role("status")).to_contain_text("Saved")
    a_yes = hand.since()
    hand.choose("Newsletter", "E-mail", "No")
    hand.press("Save")
    expect(page.get_by_text("You said no on").first).to_be_visible()
    assert hand.since() <= a_yes
    hand.choose("Offers and news", "E-mail", "Yes")
    page.get_by_label("Pause everything").select_option("3")
    hand.press("Save")
    expect(page.locator(".cs-public-pause")).to_contain_text("then as above")
    person.look("some-yes-some-no-and-a-pause")
    page.set_viewport_size(PHONE)
    hand.since()
    hand.press("Nothing any more")
    expect(page.get_by_role("status")).to_contain_text("nothing more from us")
    assert hand.since() == 1
    assert page.locator("input[value=yes]:checked").count() == 0
    person.look("nothing-any-more")
    page.set_viewport_size(PHONE)

    page.get_by_text("English").first.click()
    person.look("languages", sizes=("phone",))
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Deutsch").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Was dürfen wir Ihnen schicken?")
    person.look("auf-deutsch")
    assert person.context.cookies() == []


def test_a_person_works_the_page_by_keyboard(visit: Visit, served: Installation) -> None:
    _, link = sent_by(newcomer(visit, "Ruth Ferreira", "ruth.ferreira@veldpost.example"), served)
    person = at_home(visit, link)
    page = person.page
    line = page.get_by_role("group", name="Newsletter, E-mail", exact=True)
    line.get_by_role("radio", name="Yes").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(line.get_by_role("radio", name="No")).to_be_checked()
    person.look("focus", sizes=("phone",))
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_be_visible()


def test_a_person_reads_what_is_known_and_is_erased(visit: Visit, served: Installation) -> None:
    """From their own page over the desk of those who handle requests to the last letter."""
    nadia = who_buys(visit)
    name = nadia.page.get_by_role("heading", level=1).inner_text()
    address, link = sent_by(nadia, served)
    letters = len(served.office.to(address))
    person = at_home(visit, link)
    page = person.page
    page.get_by_role("link", name="What we know about you").click()
    person.look("first-a-link")
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Send me the link").click()
    person.says("Please look into your mailbox")
    person.go(link_in(served.office.await_letter(address, letters + 1)))
    expect(page.locator("main")).to_contain_text(address)
    person.look("what-we-know")
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Correct: Name").click()
    person.look("correct")
    page.set_viewport_size(PHONE)
    page.get_by_label("What is right").fill("Please write my name with an accent.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Sent")
    page.get_by_role("link", name="What we know about you").click()
    page.get_by_role("button", name="Object: Worth").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing is worked out about you")
    page.get_by_role("button", name="Take it with me").click()
    person.says("Your data is being collected")
    person.look("being-collected", sizes=("phone",))
    page.set_viewport_size(PHONE)
    download = page.get_by_role("button", name="Download")
    while not download.count():
        page.get_by_role("link", name="Look again").click()
        page.wait_for_timeout(500)
    with page.expect_download() as waiting:
        download.click()
    with zipfile.ZipFile(waiting.value.path()) as packed:
        assert address in packed.read("data.html").decode()
    person.look("ready-to-take")
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Erase me").click()
    person.look("erase")
    page.set_viewport_size(PHONE)
    back, erase = (
        page.get_by_role(role, name=name).bounding_box()
        for role, name in (("link", "No, go back"), ("button", "Yes, erase me"))
    )
    assert (back["width"], back["height"]) == (erase["width"], erase["height"])
    page.get_by_role("button", name="Yes, erase me").click()
    person.says("Your request is in")
    taken_care_of(visit(OSCAR), name, address)
    *_, taken, erased = served.office.to(address)
    assert (taken["Subject"], erased["Subject"]) == (
        "Your request to Bluebird Records is done", "Your data at Bluebird Records is being erased",
    )  # fmt: skip
    show_letter(person, erased.get_body(("html",)).get_content(), "being-erased")
    person.go(link)
    person.says("Nothing is kept about you")


def taken_care_of(oscar: Visitor, name: str, address: str) -> None:
    """Oscar takes an erasure from the desk to done: what will go and what stays, and the name typed."""
    page = oscar.page
    oscar.go("/t/bluebird/privacy/requests/")
    oscar.look("requests")
    asked = page.get_by_role("row").filter(has_text=name).filter(has_text="Erasure")
    asked.get_by_role("link", name="Erasure").click()
    page.get_by_role("button", name="I see to it").click()
    oscar.says(f"A letter to {address} tells them first")
    oscar.look("what-erasure-will-do")
    page.get_by_label("Type the customer's name to erase them").fill("Somebody Else")
    page.get_by_role("button", name="Erase them").click()
    oscar.says("Type the customer's name as it stands on this page")
    page.get_by_label("Type the customer's name to erase them").fill(name)
    page.get_by_role("button", name="Erase them").click()
    for _ in range(60):
        if page.get_by_text("Ended").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text("Person told by letter")).to_be_visible()
    assert name not in page.content()
    oscar.look("erased")


def test_a_person_leaves_in_one_click(visit: Visit, served: Installation) -> None:
    """By the page behind the link, and by the mail program that presses it for them (RFC 8058)."""
    address = "leonor.marsh@veldpost.example"
    nadia = newcomer(visit, "Leonor Marsh", address)
    record = nadia.page.url
    served.shell(MAILING.format(address=address))
    served.office.await_letter(address, 2)
    offers, newsletter = (letter["List-Unsubscribe"].strip(" <>") for letter in served.office.to(address))
    person = at_home(visit, offers)
    page, hand = person.page, Hand(person.page)
    assert address not in page.content()
    person.look("one-click-out")
    page.set_viewport_size(PHONE)
    hand.press("Unsubscribe")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are unsubscribed")
    assert (hand.since(), page.url.partition("?")[0]) == (1, offers)
    person.look("you-are-out")
    hand.press("All choices", role="link")
    hand.choose("Newsletter", "E-mail", "Yes")
    hand.press("Save")
    expect(page.get_by_role("status")).to_contain_text("Saved")
    pressed = person.context.request.post(newsletter, form={"List-Unsubscribe": "One-Click"}, max_redirects=0)
    assert pressed.status == 200
    assert person.context.cookies() == []
    nadia.go(record)
    email = nadia.page.get_by_role("group", name="May we contact them").get_by_role("link", name="E-mail")
    expect(email).to_contain_text("we may not")
    expect(email).to_contain_text("unsubscribed")
    nadia.says("Unsubscribed: Newsletter by e-mail")
    nadia.look("the-desk-knows", sizes=("wide",))
    nadia.page.get_by_role("link", name="Consents").first.click()
    nadia.says("Unsubscribe link")
    nadia.look("with-its-proof")


def test_a_stranger_subscribes_and_leaves(visit: Visit, served: Installation) -> None:
    """Double opt-in through a mail server, and out again; refusing costs no more clicks than accepting."""
    ada = visit(ADA)
    ada.go("/t/bluebird/privacy/purposes/")
    ada.page.get_by_role("link", name="Newsletter", exact=True).first.click()
    form = ada.page.get_by_role("link", name="The public form").get_attribute("href")
    address = "rosalind.achterberg@veldpost.example"
    person = at_home(visit, form)
    page, hand = person.page, Hand(person.page)
    person.look("the-form")
    page.set_viewport_size(PHONE)
    page.get_by_label("Your e-mail address").fill("rosalind at home")
    hand.press("Ask for the confirmation")
    person.says("This is no e-mail address")
    person.look("no-address")
    page.set_viewport_size(PHONE)
    page.get_by_label("Your e-mail address").fill(address)
    hand.press("Ask for the confirmation")
    person.says("Please look into your mailbox")
    letter = served.office.await_letter(address)
    show_letter(person, letter.get_body(("html",)).get_content(), "confirm")
    person.go(link_in(letter))
    person.look("yes-or-no")
    page.set_viewport_size(PHONE)
    yes, no = (page.get_by_role("button", name=name).bounding_box() for name in ("Yes, I do", "No, thanks"))
    assert (yes["width"], yes["height"]) == (no["width"], no["height"])
    hand.since()
    hand.press("Yes, I do")
    person.says("Thank you, it is confirmed")
    accepting = hand.since()
    person.look("confirmed")
    page.set_viewport_size(PHONE)
    hand.press("All choices", role="link")
    hand.since()
    hand.press("Nothing any more")
    expect(page.get_by_role("status")).to_be_visible()
    assert hand.since() <= accepting


def show_letter(person: Visitor, html: str, name: str) -> None:
    """The letter as a mail program shows it."""
    window = person.open_window()
    window.set_viewport_size(PHONE)
    window.set_content(html)
    window.screenshot(path=f"var/screenshots/{person.story}-letter-{name}.png")
    window.close()
