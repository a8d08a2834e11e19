"""What an administrator enters for each site; without the secret it stands in the site's row as well."""

from pydantic import BaseModel, Field, SecretStr


class ClubSettings(BaseModel):
    """The fields make the form: title, description, and what is allowed."""

    address: str = Field(default="", title="Address of the club", max_length=200)
    api_secret: SecretStr = Field(default=SecretStr(""), title="API secret")
    discount: int = Field(default=5, ge=0, le=100, title="Discount of members, per cent")
