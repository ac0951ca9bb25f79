"""When models can be trained: rounds of at most so many at once, and chains between them."""

from assay.campaign.discovery import Campaign


def rounds(campaign: Campaign, workers: int) -> dict[int, int]:
    """Return the round of each model, from 1.

    There are at most `workers` models in a round, and none stands before what it reads.
    """
    found: dict[int, int] = {}
    used: dict[int, int] = {}
    first_free = 1
    for model in campaign.order:
        earliest = 1 + max((found[up] for up in campaign.depends_on[model]), default=0)
        number = max(earliest, first_free)
        while used.get(number, 0) >= workers:
            number += 1
        found[model] = number
        used[number] = used.get(number, 0) + 1
        while used.get(first_free, 0) >= workers:
            first_free += 1
    return found


def chains(campaign: Campaign) -> list[list[int]]:
    """Return for each model that reads others and is read by none the longest way to it."""
    longest: dict[int, int] = {}
    before: dict[int, int] = {}
    read = {up for upstream in campaign.depends_on.values() for up in upstream}
    for model in campaign.order:
        upstream = campaign.depends_on[model]
        longest[model] = 1
        if upstream:
            before[model] = max(upstream, key=lambda up: longest[up])
            longest[model] = 1 + longest[before[model]]
    found = []
    for model in campaign.order:
        if model in before and model not in read:
            way = [model]
            while way[-1] in before:
                way.append(before[way[-1]])
            found.append(way[::-1])
    return found
