"""Old consents: said before what each row is worth, recorded as what it is, refused rows in a file."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.services.contact_points import add_contact_point
from privacy.imports.fields import Mapping, guess
from privacy.models import ConsentEvent, ConsentUpload
from privacy.selectors.consents import states_of
from privacy.services.consent_imports import UploadRefused, check_consents, record_upload, upload_consents
from privacy.services.verification import verify_chains
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import Job, StoredFile
from tenancy.selectors.files import file_chunks
from tests.cast import Company
from tests.desk.conftest import SignIn, sign_in

__all__ = ["sign_in"]
HEAD = "Customer,Email,Consent,Purpose,Channel,Date,Method,Source,Wording,Evidence,Confirmed\n"
ROWS = (
    "ada-1,,yes,Newsletter,email,2024-05-01 12:00,web form,sign-up,Send me the letter,form 7,\n"
    "ben-1,,yes,newsletter,e-mail,,import,old list,,,\n"
    "hal-1,,yes,marketing,email,2024-05-01,pre-ticked,shop,Send me offers,form 8,\n"
    "hal-1,,yes,newsletter,email,2024-05-01,double opt-in,shop,Send me the letter,form 9,2024-05-02\n"
    "nobody,,yes,newsletter,email,2024-05-01,,,,,\n"
    ",shared@example.org,no,marketing,email,2025-01-01,unsubscribe link,letter,,,\n"
    ",shared@example.org,yes,newsletter,email,2025-01-01,web form,shop,Send me the letter,form 10,\n"
    "ada-1,,perhaps,newsletter,email,2024-05-01,,,,,\n"
    "ada-1,,,newsletter,email,2024-05-01,web form,shop,Send,form 12,\n"
    "ada-1,,yes,gazette,email,2024-05-01,,,,,\n"
    "ada-1,,yes,newsletter,email,2999-01-01,web form,shop,Send,form 11,\n"
)


def uploaded(company: Company, text: str = HEAD + ROWS) -> ConsentUpload:
    with tenant_context(company.tenant.id):
        return upload_consents(name="old.csv", chunks=[text.encode()], created_by=company.member["admin"])


def worked(company: Company, job: Job) -> None:
    run_job(company.tenant.id, job.id)
    with tenant_context(company.tenant.id):
        done = Job.objects.get(id=job.id)
        assert done.state == Job.State.DONE, done.error


@pytest.fixture
def shop(company_a: Company) -> Company:
    with tenant_context(company_a.tenant.id):
        for key in ("ada", "ben"):
            add_contact_point(
                customer=company_a.customer[key], kind="email", value="shared@example.org", source="member"
            )
    return company_a


def checked(company: Company, upload: ConsentUpload) -> ConsentUpload:
    with tenant_context(company.tenant.id):
        mapping = Mapping(**{**upload.mapping, "wording": "specific"})
        job = check_consents(upload=upload, mapping=mapping)
    worked(company, job)
    with tenant_context(company.tenant.id):
        return ConsentUpload.objects.get(id=upload.id)


def test_columns_are_guessed_by_their_names() -> None:
    found = guess(["Customer", "E-Mail", "Opt-in", "Consent date", "Wording", "Colour"]).columns
    assert found == {"number": "Customer", "address": "E-Mail", "action": "Opt-in", "occurred_at": "Consent date",
                     "words": "Wording"}  # fmt: skip


def test_what_each_row_is_worth_is_said_before_and_kept_after(shop: Company) -> None:
    upload = checked(shop, uploaded(shop))
    assert upload.counts["worth"] == {
        "sound": 2, "CONSENT_UNPROVEN": 1, "CONSENT_INVALID_METHOD": 1, "stop": 1, "refused": 6,
    }  # fmt: skip
    with tenant_context(shop.tenant.id):
        assert not ConsentEvent.objects.exists()
        job = record_upload(upload=upload)
    worked(shop, job)
    with tenant_context(shop.tenant.id):
        done = ConsentUpload.objects.select_related("error_file").get(id=upload.id)
        # The stop for the shared address stands on both who have it; the double opt-in is two events.
        assert (done.state, done.counts["recorded"], done.counts["left_out"]) == ("done", 7, 6)
        assert (done.file, StoredFile.objects.count()) == (None, 1)
        assert done.error_file is not None
        text = b"".join(file_chunks(done.error_file)).decode("utf-8-sig")
        found = {(s.purpose.key, s.channel): s.standing for s in states_of(shop.customer["ben"])}
        assert found["newsletter", "email"].state == "stopped"
        hal = {(s.purpose.key, s.channel): s.standing for s in states_of(shop.customer["hal"])}
        assert hal["newsletter", "email"].state == "granted"
        assert (hal["marketing", "email"].state, hal["marketing", "email"].code) == (
            "claimed",
            "CONSENT_INVALID_METHOD",
        )
        ada = ConsentEvent.objects.filter(customer_id=shop.customer["ada"].id, action="grant").get()
        # The company's clock: British summer time.
        assert ada.occurred_at == datetime(2024, 5, 1, 11, tzinfo=UTC)
        assert verify_chains().differences == ()
    lines = text.splitlines()
    assert lines[0].startswith("Line,Why it was left out,Customer")
    for words in (
        "names a customer who is not here",
        "customers share",
        "neither a yes nor a no",
        "'gazette'",
        "future",
    ):
        assert words in text, words


def test_the_same_rows_again_are_the_same_events(shop: Company) -> None:
    for expected in ({"recorded": 7}, {"known": 7}):
        upload = checked(shop, uploaded(shop))
        with tenant_context(shop.tenant.id):
            job = record_upload(upload=upload)
        worked(shop, job)
        with tenant_context(shop.tenant.id):
            counts = ConsentUpload.objects.get(id=upload.id).counts
            assert {name: counts[name] for name in expected} == expected
            assert ConsentEvent.objects.count() == 7


def test_files_that_cannot_be(shop: Company) -> None:
    for content, words in ((b"PK\x03\x04", "Excel"), (b"", "empty"), (b"a,b\n", "no rows")):
        with pytest.raises(UploadRefused, match=words), tenant_context(shop.tenant.id):
            upload_consents(name="x", chunks=[content], created_by=None)
    upload = uploaded(shop, "Colour\nred\n")
    with pytest.raises(UploadRefused, match="a number or an address"), tenant_context(shop.tenant.id):
        check_consents(upload=upload, mapping=Mapping(purpose="newsletter", channel="email"))


def test_a_file_taken_away_by_an_erasure_stops_the_job_in_words(shop: Company) -> None:
    upload = uploaded(shop)
    with tenant_context(shop.tenant.id):
        job = check_consents(upload=upload, mapping=Mapping(**upload.mapping))
        StoredFile.objects.filter(id=upload.file_id).update(size=0)
    run_job(shop.tenant.id, job.id)
    with tenant_context(shop.tenant.id):
        assert "somebody in it was erased" in Job.objects.get(id=job.id).error


def test_the_pages(shop: Company, sign_in: SignIn) -> None:
    admin, new = sign_in("admin"), shop.url("privacy/imports/new/")
    file = SimpleUploadedFile("old.csv", (HEAD + ROWS).encode())
    page = admin.post(new, {"file": file}, follow=True)
    path = page.redirect_chain[-1][0]
    assert "Which column is what" in page.content.decode()
    columns = {f"column_{name}": column for name, column in guess(HEAD.strip().split(",")).columns.items()}
    sent = {**columns, "wording": "specific", "date_order": "day"}
    bad = admin.post(f"{path}act/", {**sent, "column_purpose": "", "do": "check"})
    assert (bad.status_code, "Choose a column for the purpose" in bad.content.decode()) == (422, True)
    admin.post(f"{path}act/", {**sent, "do": "check"})
    with tenant_context(shop.tenant.id):
        job = ConsentUpload.objects.get().job
    worked(shop, job)  # type: ignore[arg-type]
    words = admin.get(path).content.decode()
    assert "11 rows. 2 of them would be worth nothing." in words
    assert "That is no consent." in words
    admin.post(f"{path}act/", {"do": "record"})
    with tenant_context(shop.tenant.id):
        job = ConsentUpload.objects.get().job
    worked(shop, job)  # type: ignore[arg-type]
    assert "7 recorded, 0 known before, 6 left out." in admin.get(path).content.decode()
    assert "Why it was left out" in b"".join(admin.get(f"{path}errors/").streaming_content).decode(
        "utf-8-sig"
    )
    assert admin.post(f"{path}act/", {"do": "record"}, follow=True).status_code == 200
    assert sign_in("alice").get(path).status_code == 403
    assert sign_in("charlie").get(path).status_code in (403, 404)
