"""Whether this process answers at all, for whatever starts it again when it does not."""

from fastapi import APIRouter

router = APIRouter()


@router.get("/health/live", include_in_schema=False)
async def live() -> dict[str, str]:
    return {"status": "alive"}
