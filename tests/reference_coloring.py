"""
The slow twins of the kernels on patterns, and the predicates that specify colourings.

A pattern is a list of lists here: ``columns[j]`` are the rows of column j, ``rows[i]`` the columns of row i. Where the
kernels take one of several as good, the twins say which: they go through lists in the order that these have.
"""


def bucket(keys, size):
    """The places of each key."""
    return [[e for e, key in enumerate(keys) if key == k] for k in range(size)]


def transpose(lists, size):
    """The pattern from the other side."""
    return [[k for k, entries in enumerate(lists) for other in entries if other == i] for i in range(size)]


def neighbours(j, columns, rows=None):
    """The columns that share a row with column j, or without rows those in its list; as they are met."""
    met = columns[j] if rows is None else [k for i in columns[j] for k in rows[i]]
    return [k for k in dict.fromkeys(met) if k != j]


# ------------------------------------------------------------------------------------------------------------ colours


def lowest(forbidden):
    """The lowest colour that is not forbidden."""
    return next(c for c in range(len(forbidden) + 1) if c not in forbidden)


def first_fit(columns, rows, order):
    """The greedy colouring, by looking at all columns of all rows."""
    colors = {}
    for j in order:
        colors[j] = lowest({colors[k] for k in neighbours(j, columns, rows) if k in colors})
    return [colors[j] for j in range(len(columns))]


def star(lists, order):
    """The greedy star colouring: the lowest colour with which what is coloured so far is one."""
    colors = {}
    for v in order:
        colors[v] = next(c for c in range(len(lists)) if is_star(lists, {**colors, v: c}))
    return [colors[v] for v in range(len(lists))]


# ------------------------------------------------------------------------------------------------------------- orders


def largest_first(columns, rows=None):
    """Most neighbours first, one counted for each row that it shares."""
    size = len(columns)

    def degree(j):
        if rows is None:
            return len(neighbours(j, columns))
        return min(sum(len(rows[i]) - 1 for i in columns[j]), size - 1)

    return sorted(range(size), key=lambda j: -degree(j))


def smallest_last(columns, rows=None):
    """From the back, the fewest neighbours among those left; of several the one that came to have so few last."""
    left = {j: (len(neighbours(j, columns, rows)), -j) for j in range(len(columns))}
    order, time = [], len(columns)
    while left:
        j = min(left, key=left.__getitem__)
        del left[j]
        order.insert(0, j)
        for k in neighbours(j, columns, rows):
            if k in left:
                left[k], time = (left[k][0] - 1, -time), time + 1
    return order


def incidence_degree(columns, rows=None):
    """The most neighbours that were taken; of several the one that came to have so many last, at first the lowest."""
    left = {j: (0, -j) for j in range(len(columns))}
    order, time = [], 1
    while left:
        j = max(left, key=left.__getitem__)
        del left[j]
        order.append(j)
        for k in neighbours(j, columns, rows):
            if k in left:
                left[k], time = (left[k][0] + 1, time), time + 1
    return order


def rounds_last(columns, rows):
    """From the back, all at once whose degree is at most 1.1 times the mean of those left."""
    left, order = list(range(len(columns))), []
    while left:
        live = [sum(k in left for k in row) for row in rows]
        degree = {j: sum(live[i] - 1 for i in columns[j]) for j in left}
        go = [j for j in left if degree[j] <= (1 + 0.1) * float(sum(degree.values())) / len(left)]
        left = [j for j in left if j not in go]
        order = go + order
    return order


def breadth_first(columns, rows):
    """From row to row, from the lowest column on."""
    order = []
    for first in range(len(columns)):
        if first not in order:
            order.append(first)
            at = len(order) - 1
            while at < len(order):
                order += [k for k in neighbours(order[at], columns, rows) if k not in order]
                at += 1
    return order


# --------------------------------------------------------------------------------------------------------- predicates


def is_orthogonal(rows, colors):
    """Whether no row has two entries in columns of one colour."""
    return all(len({colors[j] for j in row}) == len(row) for row in rows)


def is_star(lists, colors):
    """Whether neighbours differ, and every path on four vertices has three colours; what has none yet is left out."""
    around = {v: [w for w in lists[v] if w != v and w in colors] for v in colors}
    if any(colors[v] == colors[w] for v in around for w in around[v]):
        return False
    paths = (
        (a, b, c, d)
        for b in around for c in around[b]
        for a in around[b] if a != c
        for d in around[c] if d not in (a, b)
    )  # fmt: skip
    return all(len({colors[v] for v in path}) > 2 for path in paths)


def is_told(rows, colors):
    """Whether of the entries (i, j) and (j, i) one is alone in its row among those whose column has the same colour."""
    seen = [{} for _ in rows]
    for i, row in enumerate(rows):
        for j in {*row, i}:  # the diagonal is always told
            seen[i][colors[j]] = seen[i].get(colors[j], 0) + 1
    alone = [{j for j in {*row, i} if seen[i][colors[j]] == 1} for i, row in enumerate(rows)]
    return all(i in alone[i] and all(j in alone[i] or i in alone[j] for j in row) for i, row in enumerate(rows))


def is_read(rows, peeling):
    """Whether every entry is alone in the sum that it is read from."""
    by_column, by_row = peeling.column_coloring.colors, peeling.row_coloring.colors
    columns = transpose(rows, len(by_column))

    def alone(line, colors, which):
        return colors[which] >= 0 and sum(colors[k] == colors[which] for k in line) == 1

    return all(
        alone(columns[j], by_row, i) if peeling.from_rows(i, j) else alone(row, by_column, j)
        for i, row in enumerate(rows)
        for j in row
    )
