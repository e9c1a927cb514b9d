"""What all parts of a record have in common: they are refused unless they are as they should be."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Finite = Annotated[float, Field(allow_inf_nan=False)]
Table = list[list[Finite]]


class Part(BaseModel):
    """Part of a record: no unknown field, none missing, none of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
