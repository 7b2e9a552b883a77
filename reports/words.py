"""Lists and names in sentences."""

from reports.store import View

FEW = 4  # up to this many are named one by one


def joined(items: list[str]) -> str:
    """a, b and c."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def quoted(name: str) -> str:
    """A name as it is, in quotation marks where it holds a comma."""
    return f"'{name}'" if ", " in name else name


def setting(view: View) -> str:
    """On which data, at which size and after how many steps."""
    data = view.about
    size = (data.get("options") or {}).get("size")
    at = f" after {view.step:,} steps" if view.step is not None else f" at {view.when}" if view.when else ""
    return f"On {data.get('title') or view.dataset}" + (f" at {size} px" if size else "") + at
