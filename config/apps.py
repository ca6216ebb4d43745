from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config.celery import app  # noqa: PLC0415  (shared_task binds to the app made here)

        app.set_default()
