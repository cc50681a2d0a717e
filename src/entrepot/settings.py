"""Django settings. Everything that differs between places comes from the environment; see docs/reference/settings.md."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from entrepot.core.keyfile import read_or_make
from entrepot.embedded.home import home

HOME: Path = home()
SOURCE = Path(__file__).resolve().parent


SECRET_KEY = (
    os.environ.get("ENTREPOT_SECRET_KEY")
    or read_or_make(HOME / "secrets" / "secret_key", lambda: secrets.token_urlsafe(50)).strip()
)
DEBUG = os.environ.get("ENTREPOT_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("ENTREPOT_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("ENTREPOT_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "procrastinate.contrib.django",
    "entrepot.core",
    "entrepot.connections",
    "entrepot.catalog",
    "entrepot.inventory",
    "entrepot.orders",
    "entrepot.parcels",
    "entrepot.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "entrepot.web.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "entrepot.web.middleware.ContentPolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "entrepot.urls"
WSGI_APPLICATION = "entrepot.wsgi.application"
AUTH_USER_MODEL = "core.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [SOURCE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "entrepot.web.context.frame",
            ],
        },
    },
]


def _database() -> dict[str, Any]:
    """DATABASE_URL, any libpq URL. Without one there is no database (linters and `--help` need none)."""
    info = conninfo_to_dict(os.environ.get("DATABASE_URL", "postgresql:///entrepot"))
    options: dict[str, Any] = {
        key: value
        for key, value in info.items()
        if key not in {"host", "port", "user", "password", "dbname", "options"} and value is not None
    }
    # Joins run in the order they are written: what the planner would guess of an organization it has not seen yet is a
    # guess, and a wrong one costs seconds. Every statement starts from the rows it is about.
    options["options"] = (
        f"-c join_collapse_limit=1 -c role=entrepot_app -c TimeZone=UTC -c lock_timeout=10s {info.get('options') or ''}".strip()
    )
    if os.environ.get("ENTREPOT_POOL", "1") == "1":
        options["pool"] = {"min_size": 1, "max_size": int(os.environ.get("ENTREPOT_POOL_SIZE", "8")), "timeout": 10}
    return {
        "ENGINE": "entrepot.core.postgres",
        "NAME": info.get("dbname") or "entrepot",
        "USER": info.get("user") or "",
        "PASSWORD": info.get("password") or "",
        "HOST": info.get("host") or "",
        "PORT": info.get("port") or "",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


DATABASES = {"default": _database()}

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "entrepot.web.account.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "entrepot.web.account_forms.SignIn",
    "signup": "entrepot.web.account_forms.SignUp",
    "reset_password": "entrepot.web.account_forms.ForgottenPassword",
    "reset_password_from_key": "entrepot.web.account_forms.NewPassword",
    "change_password": "entrepot.web.account_forms.ChangePassword",
    "reauthenticate": "entrepot.web.account_forms.ConfirmPassword",
}
ACCOUNT_RATE_LIMITS = {"login_failed": False}  # axes counts failures, in the database, for all web processes together
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Entrepot: "
ACCOUNT_LOGOUT_REDIRECT_URL = "/sign-in/"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if os.environ.get("ENTREPOT_HTTPS") == "1" else "http"
SANDBOX_URL = os.environ.get("ENTREPOT_SANDBOX", "").rstrip("/")  # offered when a store is connected; "" for none
MARKETPLACE_HOSTS = os.environ.get("ENTREPOT_MARKETPLACE_HOSTS", "any").strip().lower()  # or "known", or domains
STORES = int(os.environ.get("ENTREPOT_STORES", "0"))  # how many stores an organization may use; 0: any number
SIGN_UP = os.environ.get("ENTREPOT_SIGN_UP", "open")  # "first": only the first person may sign up
MFA_ADAPTER = "entrepot.web.account.MfaAdapter"
MFA_FORMS = {
    "authenticate": "entrepot.web.account_forms.SecondFactor",
    "reauthenticate": "entrepot.web.account_forms.ConfirmSecondFactor",
    "activate_totp": "entrepot.web.account_forms.ActivateSecondFactor",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Entrepot"
MFA_TOTP_TOLERANCE = 1  # a code that ends while it is typed still counts
MFA_ALLOW_UNVERIFIED_EMAIL = True  # there may be no mail server at all
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = "entrepot.web.account.counted_by"
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "entrepot.web.account.name_tried"
AXES_LOCKOUT_CALLABLE = "entrepot.web.account.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
# Letters (forgotten passwords) go by SMTP when a server is named, else nowhere: a link in a log opens an account.
EMAIL_HOST = os.environ.get("ENTREPOT_SMTP_HOST", "")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend"
EMAIL_PORT = int(os.environ.get("ENTREPOT_SMTP_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("ENTREPOT_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("ENTREPOT_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("ENTREPOT_SMTP_TLS", "1") == "1"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("ENTREPOT_MAIL_FROM", "entrepot@localhost")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
if os.environ.get("ENTREPOT_HTTPS") == "1":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", "简体中文")]
LOCALE_PATHS = [SOURCE / "locale"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [SOURCE / "web" / "static"]
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

FILES_ROOT = HOME / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PROCRASTINATE_IMPORT_PATHS = ["entrepot.core.jobs", "entrepot.orders.jobs", "entrepot.parcels.jobs"]
PROCRASTINATE_ON_APP_READY = None
SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"outage": {"()": "entrepot.core.outage.OneLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["outage"]}},
    "root": {"handlers": ["console"], "level": os.environ.get("ENTREPOT_LOG", "WARNING")},
}
