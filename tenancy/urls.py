"""Settings, absences and long work, mounted under /t/<slug>/."""

from django.urls import path

from tenancy.views import audit, company, delegations, jobs, members, roles, settings, tokens, units

urlpatterns = [
    path("settings/", settings.settings, name="settings"),
    path("settings/company/", company.company, name="company"),
    path("settings/members/", members.members, name="members"),
    path("settings/members/new/", members.invite, name="member_invite"),
    path("settings/members/<uuid:member_id>/", members.member, name="member"),
    path("settings/members/<uuid:member_id>/mail/", members.invite_again, name="member_invite_again"),
    path("settings/members/<uuid:member_id>/remove/", members.remove, name="member_remove"),
    path("settings/absences/", delegations.delegations, name="delegations"),
    path("settings/absences/<uuid:delegation_id>/end/", delegations.end, name="delegation_end"),
    path("settings/roles/", roles.roles, name="roles"),
    path("settings/roles/new/", roles.new, name="role_new"),
    path("settings/roles/<uuid:role_id>/", roles.role, name="role"),
    path("settings/roles/<uuid:role_id>/remove/", roles.remove, name="role_remove"),
    path("settings/units/", units.units, name="units"),
    path("settings/units/new/", units.new, name="unit_new"),
    path("settings/units/<uuid:unit_id>/", units.unit, name="unit"),
    path("settings/units/<uuid:unit_id>/remove/", units.remove, name="unit_remove"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/<uuid:token_id>/revoke/", tokens.revoke, name="token_revoke"),
    path("settings/audit/", audit.audit, name="audit"),
    path("settings/work/", jobs.work, name="work"),
    path("settings/work/<uuid:step_id>/retry/", jobs.retry, name="step_retry"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/bell/", jobs.bell, name="jobs_bell"),
    path("jobs/<uuid:job_id>/", jobs.job, name="job"),
    path("jobs/<uuid:job_id>/progress/", jobs.progress, name="job_progress"),
    path("jobs/<uuid:job_id>/cancel/", jobs.cancel, name="job_cancel"),
    path("jobs/<uuid:job_id>/resume/", jobs.resume, name="job_resume"),
]
