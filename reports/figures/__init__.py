"""The report's figures, one function each, and `figures(store)`: all of them by id."""

from collections.abc import Callable, Iterator
from functools import partial

from matplotlib.figure import Figure

from reports.ablation import bases
from reports.across import of_view, of_views
from reports.figures.ablation import forest, heat, sensitivity
from reports.figures.base import save_png, svg
from reports.figures.charts import cost, dots, factors
from reports.figures.curves import collapse_curves, losses, metric_curves
from reports.figures.grids import early_samples, interpolations, points, reconstructions, samples
from reports.figures.latent import category_points, latent
from reports.figures.medians import median_reconstructions, median_samples
from reports.figures.pareto import pareto
from reports.figures.profiles import performance_profile
from reports.figures.tuning import tuning_budget, tuning_settings
from reports.figures.uses import attributes, categories, search, superresolution, translations
from reports.store import Store, View
from reports.style import OTHER, QUESTIONS
from reports.tables.summary import keys

PICTURES = (
    "samples",
    "early-samples",
    "reconstructions",
    "interpolations",
    "superresolution",
    "search",
    "attributes",
    "categories",
    "translations",
)  # the page shows their panels itself

__all__ = ["PICTURES", "Figure", "figures", "makers", "save_png", "svg"]


def makers(view: View) -> dict[str, Callable[[], Figure | None]]:
    """id -> a function that draws it, or returns None where the store has nothing for it."""
    found: dict[str, Callable[[], Figure | None]] = {
        "samples": partial(samples, view),
        "early-samples": partial(early_samples, view),
        "reconstructions": partial(reconstructions, view),
        "interpolations": partial(interpolations, view),
        "superresolution": partial(superresolution, view),
        "search": partial(search, view),
        "attributes": partial(attributes, view),
        "categories": partial(categories, view),
        "translations": partial(translations, view),
        "latent": partial(latent, view),
        "category-points": partial(category_points, view),
        "factors": partial(factors, view),
        "points": partial(points, view),
        "collapse-steps": partial(collapse_curves, view),
        "losses": partial(losses, view),
        "cost": partial(cost, view),
        "pareto": partial(pareto, view),
        "median-samples": partial(median_samples, view),
        "median-reconstructions": partial(median_reconstructions, view),
        "tuning-budget": partial(tuning_budget, view),
        "tuning-settings": partial(tuning_settings, view),
    }
    suite = of_view(view)
    if suite is not None:
        found["profile-questions"] = partial(performance_profile, suite)
    for base in bases(view):
        found[f"forest-{base}"] = partial(forest, view, base)
        found[f"sensitivity-{base}"] = partial(sensitivity, view, base)
        found[f"heat-{base}"] = partial(heat, view, base)
    for chosen in (*QUESTIONS, OTHER):
        if keys(view, chosen):
            found[f"dots-{chosen.id}"] = partial(dots, view, chosen)
            found[f"curves-{chosen.id}"] = partial(metric_curves, view, chosen)
    return found


def figures(store: Store) -> Iterator[tuple[str, Figure]]:
    """Every figure that the store has data for, one after another."""
    for view in store.views:
        for name, make in makers(view).items():
            figure = make()
            if figure is not None:
                yield (name if len(store.views) == 1 else f"{name}-{view.id}"), figure
    for suite in of_views(store.views):
        yield f"profile-{suite.id.removeprefix('across-')}", performance_profile(suite)
