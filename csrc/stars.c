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
 * The paper keeps the star of each edge and the hub of each star. Here each vertex keeps a list of the colours around it,
 * and for each the neighbour that has it, or that there are several: then it is their hub. So a vertex of many neighbours
 * in few colours, the tip of an arrow, is looked at by each of them in few steps: O(entries * colours) instead of the sum
 * of squared degrees. */
#include "lists.h"

enum { SEVERAL = -1 };

/* What lies around a vertex lies where its list does, as far as it has colours around. */
typedef struct {
    const numjac_lists *lists;
    const ptrdiff_t *mirror;
    int32_t *color;     /* [count] -1: none yet */
    int32_t *around;    /* [count] how many colours are around a vertex */
    int32_t *shade;     /* [entries] which they are */
    int32_t *sole;      /* [entries] where in the list the one neighbour with that shade stands, or SEVERAL */
    int32_t *slot;      /* [entries] for (i, j): which of the shades around i is the colour of j */
    int32_t *forbidden; /* [count + 1] for which vertex a colour is so */
} stars;

/* Whether the neighbour behind entry e = (i, j) has another neighbour with the colour of i, so that it is their hub. */
static inline int is_hub(const stars *s, ptrdiff_t e) {
    ptrdiff_t back = s->mirror[e];
    return s->sole[s->lists->start[s->lists->index[e]] + s->slot[back]] == SEVERAL;
}

/* What vertex v may not take because of its neighbour w, whose colour is in slot `slot` around v. */
static void forbid(stars *s, int32_t v, int32_t w, int32_t slot) {
    ptrdiff_t begin = s->lists->start[w];
    int all = s->sole[s->lists->start[v] + slot] == SEVERAL;
    s->forbidden[s->color[w]] = v;
    for (ptrdiff_t k = begin; k < begin + s->around[w]; k++)
        if (all || (s->sole[k] != SEVERAL && is_hub(s, begin + s->sole[k])))
            s->forbidden[s->shade[k]] = v;
}

static int32_t choose(stars *s, int32_t v) {
    for (ptrdiff_t e = s->lists->start[v]; e < s->lists->start[v + 1]; e++) {
        int32_t w = s->lists->index[e];
        if (w != v && s->color[w] >= 0)
            forbid(s, v, w, s->slot[e]);
    }
    int32_t color = 0;
    while (s->forbidden[color] == v)
        color++;
    return color;
}

/* The vertex whose list has entry e = (i, j) learns that j has this colour. */
static void learn(stars *s, int32_t i, ptrdiff_t e, int32_t color) {
    ptrdiff_t begin = s->lists->start[i];
    int32_t k = 0;
    while (k < s->around[i] && s->shade[begin + k] != color)
        k++;
    s->sole[begin + k] = k < s->around[i] ? SEVERAL : (int32_t)(e - begin);
    s->shade[begin + k] = color;
    s->slot[e] = k;
    s->around[i] += k == s->around[i];
}

static void tell(stars *s, int32_t v, int32_t color) {
    s->color[v] = color;
    for (ptrdiff_t e = s->lists->start[v]; e < s->lists->start[v + 1]; e++)
        if (s->lists->index[e] != v)
            learn(s, s->lists->index[e], s->mirror[e], color);
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
    return numjac_sum((uint64_t)count + 1, 2 * (uint64_t)entries, size);
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
        int32_t v = order ? order[k] : (int32_t)k, chosen = choose(&s, v);
        tell(&s, v, chosen);
        *colors = (size_t)chosen >= *colors ? (size_t)chosen + 1 : *colors;
    }
    return NUMJAC_OK;
}
