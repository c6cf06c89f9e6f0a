/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The pieces of a recommendation: what can be bought, how it does, which is best. */
#ifndef LLMP_PLANNER_RECOMMEND_H
#define LLMP_PLANNER_RECOMMEND_H

#include <llmplan/planner_recommend.h>

#include "planner/assess.h"

/** A machine with what became of it before it was judged. */
typedef struct llmp__offer {
    llmp_config config;
    llmp_rejection obstacle; /* why it cannot be bought or built */
    char why[200];
    uint32_t family; /* offers of one family differ in host memory alone, rising */
} llmp__offer;

typedef struct llmp__offers {
    llmp__offer **items;
    size_t count;
    size_t capacity;
    uint32_t families;
} llmp__offers;

/** What every search needs, with defaults filled in. */
typedef struct llmp__search {
    const llmp_catalog *catalog;
    llmp_recommend_request request;
    llmp_fit_request models[LLMP_ASSESS_MODELS_MAX];
    const llmp_circuit *circuit;
    llmp_date day;
    llmp__offers offers;
    struct llmp__owned {
        bool any;
        const llmp_host *host; /* NULL: a computer as a whole */
        double psu_w;          /* 0: unknown */
        uint64_t memory_bytes;
    } owned;
} llmp__search;

struct llmp_recommendation {
    llmp_recommend_answer answer;
    llmp__search search;
    llmp_recommend_row *rows;
    size_t row_capacity;
};

/** A new offer at the end of the list, zeroed; NULL when out of memory. */
llmp__offer *llmp__offer_add(llmp__offers *offers);
/** Drops the last one. */
void llmp__offer_drop(llmp__offers *offers);
void llmp__offers_free(llmp__offers *offers);

/** Everything that is sold or can be built. */
llmp_status llmp__offers_enumerate(llmp__search *search, llmp_error *error);

/** Every card in every host, as often as it goes. */
bool llmp__offers_build(llmp__search *search);

/** So many of a card in every host that takes them; out_any tells whether one does, @p why where
 * not.
 * @return false when out of memory */
bool llmp__offers_of_cards(llmp__search *search, const llmp_device *card, uint32_t cards,
                           bool *out_any, char why[200]);
/** Is sold as a card that goes into a computer, not as a module of a server. */
bool llmp__is_card(const llmp_device *device);

/** The price of a catalog record on the day of the search; NULL when none is known. */
const llmp_price *llmp__offer_price(const llmp__search *search, const llmp_price *prices,
                                    size_t count, llmp_date discontinued);
/** Adds a line to the bill; @p owned of the @p count are there already. */
void llmp__offer_part(llmp_config *config, llmp_kind kind, const llmp_record *record,
                      uint64_t memory_bytes, uint32_t count, uint32_t owned,
                      const llmp_price *price);
/** Sums the bill. */
void llmp__offer_total(llmp_config *config);
/** How many of a device the owned machine has. */
uint32_t llmp__owned_devices(const llmp__search *search, const llmp_device *device);

/**
 * Supply and power limit of some cards in a host.
 * @return false with a reason when no supply, or no limit that the card's driver accepts, will do
 */
bool llmp__offer_power(const llmp__search *search, const llmp_host *host, const llmp_device *card,
                       uint32_t cards, llmp_config *config, char why[200]);

/** Judges one offer for a set of models (bits by index) with so many users on it. */
llmp_status llmp__judge(const llmp__search *search, const llmp__offer *offer, uint32_t models,
                        uint32_t users, llmp_recommend_row *out, llmp_error *error);
/** Fills in what the row misses of the request, and why. */
void llmp__judge_limits(const llmp__search *search, llmp_recommend_row *row);
/** An offer that was not judged, as a row. */
void llmp__row_of_offer(const llmp__offer *offer, llmp_recommend_row *row);

/** Ranks the rows and fills in the answer. */
void llmp__recommend_rank(llmp_recommendation *it);
/** Order of two rows that meet everything; below 0: @p a first. */
int llmp__recommend_order(llmp_objective objective, const llmp_recommend_row *a,
                          const llmp_recommend_row *b);

/** What any purchase needs of a request: its buying, day and outlet. */
llmp_status llmp__search_shop(const llmp_catalog *catalog, const llmp_recommend_request *request,
                              llmp__search *out, llmp_error *error);
/** Fills in the defaults of a request. */
llmp_status llmp__search_open(const llmp_catalog *catalog, const llmp_recommend_request *request,
                              llmp__search *out, llmp_error *error);

/** Judges every offer, alone, as several, and in pairs. */
llmp_status llmp__recommend_judge_all(llmp_recommendation *it, llmp_error *error);

/** Sets the best machine beside the API of the request. */
llmp_status llmp__recommend_money(llmp_recommendation *it, llmp_error *error);

#endif
