"""Addresses of sign-in, set-up, goods and import."""

from collections.abc import Callable
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, re_path

from entrepot.core.permissions import Permission
from entrepot.web import (
    catalog,
    connect,
    hooks,
    import_result,
    importing,
    joining,
    members,
    organizations,
    pairing,
    profile,
    services,
    stock,
    stores,
    stores_stock,
    tokens,
)
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.account import by_letter


def inside(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """An allauth page within the frame. It is rendered at once: later, outside the organization, counts would be 0."""

    def rendered(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        return response.render() if isinstance(response, TemplateResponse) else response

    return member_required(Permission.VIEW)(rendered)


urlpatterns: list[URLPattern | URLResolver] = [
    # allauth's names, our addresses
    path("sign-in/", account.login, name="account_login"),
    path("sign-up/", account.signup, name="account_signup"),
    path("sign-out/", account.logout, name="account_logout"),
    path("sign-out/", account.logout, name="sign-out"),
    path("sign-in/off/", account.account_inactive, name="account_inactive"),
    path("sign-in/again/", account.reauthenticate, name="account_reauthenticate"),
    path("sign-in/second-step/", mfa.authenticate, name="mfa_authenticate"),
    path("sign-in/second-step/again/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("password/forgotten/", by_letter(account.password_reset), name="account_reset_password"),
    path("password/forgotten/sent/", by_letter(account.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        by_letter(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("password/changed/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("account/password/", inside(account.password_change), name="account_change_password"),
    path("account/password/first/", inside(account.password_set), name="account_set_password"),
    path("account/two-step/", inside(mfa.index), name="mfa_index"),
    path("account/two-step/app/", inside(totp.activate_totp), name="mfa_activate_totp"),
    path("account/two-step/app/off/", inside(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("account/two-step/codes/", inside(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("account/two-step/codes/new/", inside(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("account/two-step/codes/file/", inside(recovery.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("account/", profile.edit, name="account"),
    path("organizations/new/", organizations.create, name="organization-new"),
    path("join/<str:text>/", joining.join_by_link, name="join"),
    path("settings/organization/", organizations.edit, name="organization"),
    path("settings/members/", members.members, name="members"),
    path("settings/members/<int:member_id>/", members.edit, name="member"),
    path("settings/members/<int:member_id>/password/", members.new_password, name="member-password"),
    path("import/", importing.choose, name="import"),
    path("import/<int:file_id>/", importing.preview, name="import-file"),
    path("import/<int:file_id>/start/", importing.start, name="import-start"),
    path("import/result/<uuid:uuid>/", import_result.result, name="import-result"),
    path("import/result/<uuid:uuid>/refused/<slug:form>/", import_result.refused_rows, name="import-refused"),
    path("stock/", stock.stock, name="stock"),
    path("stock/receive/", stock.receive, name="stock-receive"),
    path("stock/<int:stock_id>/", stock.place, name="stock-place"),
    path("stock/skus/", catalog.skus, name="skus"),
    path("stock/skus/new/", catalog.new, name="sku-new"),
    path("stock/skus/suggest/", catalog.suggest, name="sku-suggest"),
    path("stock/skus/<int:sku_id>/", catalog.edit, name="sku"),
    path("pairing/", pairing.pairings, name="pairings"),
    path("pairing/make/", pairing.make, name="pairing-make"),
    path("pairing/<int:listing_id>/", pairing.save, name="pairing-save"),
    path("settings/stores/", stores.stores, name="stores"),
    path("settings/stores/sync/", stores.sync_all, name="stores-sync"),
    path("settings/stores/new/", stores.new, name="store-new"),
    path("settings/stores/<int:store_id>/", stores.store, name="store"),
    path("settings/stores/<int:store_id>/switch/", stores.switch, name="store-switch"),
    path("settings/stores/<int:store_id>/discard/", stores.discard, name="store-discard"),
    path("settings/stores/<int:store_id>/state/", stores.state, name="store-state"),
    path("settings/stores/<int:store_id>/log/", stores.log, name="store-log"),
    path("settings/stores/<int:store_id>/stock/", stores_stock.card, name="store-stock"),
    path("settings/stores/<int:store_id>/stock/change/", stores_stock.change, name="store-stock-change"),
    path("settings/stores/<int:store_id>/sync/", stores.sync, name="store-sync"),
    path("settings/stores/<int:store_id>/connect/", connect.again, name="store-connect"),
    path("settings/stores/connect/", connect.choose, name="connect"),
    path("settings/stores/connect/<slug:marketplace>/", connect.begin, name="connect-begin"),
    path("connect/back/", connect.back, name="connect-back"),
    path("hooks/<slug:marketplace>/", hooks.hook, name="hook"),
    path("settings/services/", services.services, name="services"),
    path("settings/services/accounts/", services.new_account, name="account-new"),
    path("settings/services/new/", services.new, name="service-new"),
    path("settings/services/<int:service_id>/", services.edit, name="service"),
    path("settings/services/<int:service_id>/numbers/", services.numbers, name="service-numbers"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/<int:token_id>/revoke/", tokens.revoke, name="token-revoke"),
]
