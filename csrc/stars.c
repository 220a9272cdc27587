/* SPDX-License-Identifier: BSD-3-Clause
 * stars.c - star colouring of a symmetric pattern.
 *
 * Gebremedhin, Tarafdar, Manne and Pothen, SIAM J. Sci. Comput. 29(3), 2007, Algorithm 4.1: two neighbours never have
 * the same colour, and no path over four vertices has two colours alone. Then what any two colours span is a set of
 * stars: a hub, and spokes that have no other neighbour of the hub's colour. A vertex may not take
 *
 *     the colour of a neighbour w;
 *     any colour around w, if another of its neighbours has the colour of w: both would be spokes of it, of one star;
 *     the colour of a hub of w, if none has: v would be one more neighbour of a spoke.
 *
 * The paper keeps the star of each edge and the hub of each star. Here each vertex keeps a list of the colours around
 * it, and for each the neighbour that has it, whether that is its hub, or that there are several: then it is theirs. So
 * a vertex of many neighbours in few colours, the tip of an arrow, is looked at by each of them in few steps: O(entries
 * * colours) instead of the sum of squared degrees. */
#include "lists.h"

/* Of the neighbours with one colour around a vertex: there are several, and it is their hub; or one, which is its hub.
 */
enum { SEVERAL = -1, HUB = -2 };

/* What lies around a vertex lies where its list does, as far as it has colours around. */
typedef struct {
    const numjac_lists *lists;
    const ptrdiff_t *mirror;
    int32_t *color;     /* [count] -1: none yet */
    int32_t *around;    /* [count] how many colours are around a vertex */
    int32_t *shade;     /* [entries] which they are */
    int32_t *sole;      /* [entries] where in the list the one neighbour with that shade stands, or SEVERAL, or HUB */
    int32_t *slot;      /* [entries] for (i, j): which of the shades around i is the colour of j */
    int32_t *forbidden; /* [count + 1] for which vertex a colour is so */
} stars;

/* The place of what is known around i of the colour of j, if (i, j) is at e. */
static inline int32_t *known(const stars *s, int32_t i, ptrdiff_t e) {
    return s->sole + s->lists->start[i] + s->slot[e];
}

/* What vertex v may not take because of its neighbour w, with w at entry e. */
static void forbid(stars *s, int32_t v, int32_t w, ptrdiff_t e) {
    ptrdiff_t begin = s->lists->start[w], end = begin + s->around[w];
    int all = *known(s, v, e) == SEVERAL;
    s->forbidden[s->color[w]] = v;
    for (ptrdiff_t k = begin; k < end; k++)
        if (all || s->sole[k] == HUB)
            s->forbidden[s->shade[k]] = v;
}

static int32_t choose(stars *s, int32_t v) {
    for (ptrdiff_t e = s->lists->start[v]; e < s->lists->start[v + 1]; e++) {
        int32_t w = s->lists->index[e];
        if (w != v && s->color[w] >= 0)
            forbid(s, v, w, e);
    }
    int32_t color = 0;
    while (s->forbidden[color] == v)
        color++;
    return color;
}

/* Vertex i, in whose list v is at e, learns the colour that v took; back is where i is in the list of v. If it is new
 * around i, then v may be the hub already: of others with the colour of i. If it is not, then i is a hub now. */
static void learn(stars *s, int32_t i, ptrdiff_t e, int32_t v, ptrdiff_t back) {
    ptrdiff_t begin = s->lists->start[i];
    int32_t k = 0, colored = s->color[i] >= 0, shade = s->color[v];
    while (k < s->around[i] && s->shade[begin + k] != shade)
        k++;
    int32_t *sole = s->sole + begin + k;
    s->slot[e] = k;
    if (k == s->around[i]) {
        s->around[i]++;
        s->shade[begin + k] = shade;
        *sole = colored && *known(s, v, back) == SEVERAL ? HUB : (int32_t)(e - begin);
        return;
    }
    if (colored && *sole >= 0) {
        ptrdiff_t first = begin + *sole;
        *known(s, s->lists->index[first], s->mirror[first]) = HUB;
    }
    if (colored)
        *known(s, v, back) = HUB;
    *sole = SEVERAL;
}

/* All neighbours of v learn of its colour. */
static void tell(stars *s, int32_t v) {
    for (ptrdiff_t e = s->lists->start[v]; e < s->lists->start[v + 1]; e++)
        if (s->lists->index[e] != v)
            learn(s, s->lists->index[e], s->mirror[e], v, e);
}

int numjac_mirror(const numjac_lists *lists, ptrdiff_t *next, ptrdiff_t *mirror) {
    if (lists->size != lists->count)
        return NUMJAC_NO_MIRROR;
    memcpy(next, lists->start, lists->count * sizeof *next);
    /* The entries (0, j), (1, j), ... are met in this order, which is that of list j. */
    for (size_t i = 0; i < lists->count; i++)
        for (ptrdiff_t e = lists->start[i]; e < lists->start[i + 1]; e++) {
            int32_t j = lists->index[e];
            if (next[j] == lists->start[j + 1] || lists->index[next[j]] != (int32_t)i)
                return NUMJAC_NO_MIRROR;
            mirror[e] = next[j]++;
        }
    return NUMJAC_OK;
}

int numjac_star_work(size_t count, size_t entries, size_t *size) {
    if (count >= NUMJAC_MOST || entries > SIZE_MAX / 16)
        return NUMJAC_TOO_LARGE;
    return numjac_sum((uint64_t)count + 1, (uint64_t)entries + ((uint64_t)entries + 1) / 2, size);
}

int numjac_star(const numjac_lists *lists, const ptrdiff_t *mirror, const int32_t *order, uint64_t *work,
                int32_t *color, size_t *colors) {
    size_t count = lists->count, entries = (size_t)lists->start[count];
    int32_t *around = (int32_t *)work, *shade = around + count, *sole = shade + entries, *slot = sole + entries;
    stars s = {lists, mirror, color, around, shade, sole, slot, slot + entries};
    int status = order ? numjac_check_order(count, order, color) : NUMJAC_OK;
    if (status)
        return status;
    memset(around, 0, count * sizeof *around);
    memset(color, 0xff, count * sizeof *color);
    memset(s.forbidden, 0xff, (count + 1) * sizeof *s.forbidden);
    *colors = 0;
    for (size_t k = 0; k < count; k++) {
        int32_t v = order ? order[k] : (int32_t)k;
        color[v] = choose(&s, v);
        *colors = (size_t)color[v] >= *colors ? (size_t)color[v] + 1 : *colors;
        tell(&s, v);
    }
    return NUMJAC_OK;
}
