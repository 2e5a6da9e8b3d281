from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calguard", "0011_signed_in"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["account", "campaign"], name="calguard_member_account"),
        ),
    ]
