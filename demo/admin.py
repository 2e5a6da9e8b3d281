"""Almanac's own people and organisations in the staff pages; CalGuard brings its queue itself."""

from django.contrib import admin

from demo.models import Organisation, User


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    list_display = ("name", "verified_domain")


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("email", "first_name", "last_name", "plan", "organisation", "date_joined", "is_active")
    list_filter = ("plan", "is_active", "is_staff")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("-date_joined",)
    readonly_fields = ("last_login", "date_joined", "password_changed_at")
    fieldsets = (
        (None, {"fields": ("email", "first_name", "last_name", "organisation", "plan", "time_zone")}),
        ("Proofs", {"fields": ("email_verified_at", "recovery_email", "recovery_changed_at", "password_changed_at")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "last_login", "date_joined")}),
    )
    filter_horizontal = ("groups",)
