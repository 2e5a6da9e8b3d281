"""Login that tells the owner of a suspended account so, once the password is right."""

from __future__ import annotations

from django.contrib.auth.backends import AllowAllUsersModelBackend

from demo.models import User


class AlmanacBackend(AllowAllUsersModelBackend):
    """The login form refuses suspended people with an explanation; a session they still have counts for nothing."""

    def get_user(self, user_id: int) -> User | None:
        user = super().get_user(user_id)
        return user if isinstance(user, User) and user.is_active else None
