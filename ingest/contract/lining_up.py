"""Two marks held side by side, character by character: what was there with what was read."""

from collections.abc import Iterator


def line_up(there: str, read: str) -> Iterator[tuple[int | None, int | None]]:
    """Give pairs of places, in order, of two texts lined up by least edits: (there, read).

    A place that was not read has None on the right, one that was made up None on the left. Of lines-up with equally few
    edits, the one that puts the difference nearest the end.

    >>> list(line_up("AB1", "A81")), list(line_up("AB1", "A1"))
    ([(0, 0), (1, 1), (2, 2)], [(0, 0), (1, None), (2, 1)])
    """
    rows, columns = len(there), len(read)
    cost = [[0] * (columns + 1) for _ in range(rows + 1)]
    for row in range(rows, -1, -1):
        for column in range(columns, -1, -1):
            if row == rows or column == columns:
                cost[row][column] = rows - row + columns - column
            else:
                differs = there[row] != read[column]
                opposite = cost[row + 1][column + 1] + differs
                cost[row][column] = min(opposite, cost[row + 1][column] + 1, cost[row][column + 1] + 1)
    row = column = 0
    while row < rows or column < columns:
        if row < rows and column < columns:
            differs = there[row] != read[column]
            if cost[row][column] == cost[row + 1][column + 1] + differs:
                yield row, column
                row, column = row + 1, column + 1
                continue
        if row < rows and cost[row][column] == cost[row + 1][column] + 1:
            yield row, None
            row += 1
        else:
            yield None, column
            column += 1
