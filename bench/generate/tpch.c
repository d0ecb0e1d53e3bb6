/*
 * tpch.c - the tables of TPC-H, after the distributions of its specification:
 * tpch TABLE SCALE writes one of them as CSV.
 *
 * What a row holds follows from its key alone, so that each table is made by
 * itself, and orders and lineitem agree.  Comments are cuts of sentences of
 * the specification's grammar, its words as frequent as dbgen has them.
 */
#include "bench/generate/csv.h"
#include "bench/generate/random.h"

#define FIRST_DAY 8035	 /* 1992-01-01 */
#define LAST_DAY 10440	 /* 1998-08-02, the last order */
#define CURRENT_DAY 9298 /* 1995-06-17 */

#define COUNT(list) ((uint32_t) (sizeof(list) / sizeof((list)[0])))
#define PICK(r, list) ((list)[below(r, COUNT(list))])

typedef struct Word
{
	const char *text;
	uint8_t weight;
} Word;

static const Word nouns[] = {{"packages", 40},		{"requests", 40},
							 {"accounts", 40},		{"deposits", 40},
							 {"foxes", 20},			{"ideas", 20},
							 {"theodolites", 20},	{"pinto beans", 20},
							 {"instructions", 20},	{"dependencies", 10},
							 {"excuses", 10},		{"platelets", 10},
							 {"asymptotes", 10},	{"courts", 5},
							 {"dolphins", 5},		{"multipliers", 1},
							 {"sauternes", 1},		{"warthogs", 1},
							 {"frets", 1},			{"dinos", 1},
							 {"attainments", 1},	{"somas", 1},
							 {"Tiresias", 1},		{"patterns", 1},
							 {"forges", 1},			{"braids", 1},
							 {"hockey players", 1}, {"frays", 1},
							 {"warhorses", 1},		{"dugouts", 1},
							 {"notornis", 1},		{"epitaphs", 1},
							 {"pearls", 1},			{"tithes", 1},
							 {"waters", 1},			{"orbits", 1},
							 {"gifts", 1},			{"sheaves", 1},
							 {"depths", 1},			{"sentiments", 1},
							 {"decoys", 1},			{"realms", 1},
							 {"pains", 1},			{"grouches", 1},
							 {"escapades", 1},		{NULL, 0}};
static const Word verbs[] = {
	{"sleep", 20},	{"wake", 20},  {"are", 20},		 {"cajole", 20},
	{"haggle", 20}, {"nag", 10},   {"use", 10},		 {"boost", 10},
	{"affix", 5},	{"detect", 5}, {"integrate", 5}, {"maintain", 1},
	{"nod", 1},		{"was", 1},	   {"lose", 1},		 {"sublate", 1},
	{"solve", 1},	{"thrash", 1}, {"promise", 1},	 {"engage", 1},
	{"hinder", 1},	{"print", 1},  {"x-ray", 1},	 {"breach", 1},
	{"eat", 1},		{"grow", 1},   {"impress", 1},	 {"mold", 1},
	{"poach", 1},	{"serve", 1},  {"run", 1},		 {"dazzle", 1},
	{"snooze", 1},	{"doze", 1},   {"unwind", 1},	 {"kindle", 1},
	{"play", 1},	{"hang", 1},   {"believe", 1},	 {"doubt", 1},
	{NULL, 0}};
static const Word adjectives[] = {
	{"special", 20}, {"pending", 20}, {"unusual", 20}, {"express", 20},
	{"furious", 1},	 {"sly", 1},	  {"careful", 1},  {"blithe", 1},
	{"quick", 1},	 {"fluffy", 1},	  {"slow", 1},	   {"quiet", 1},
	{"ruthless", 1}, {"thin", 1},	  {"close", 1},	   {"dogged", 1},
	{"daring", 1},	 {"brave", 1},	  {"stealthy", 1}, {"permanent", 1},
	{"enticing", 1}, {"idle", 1},	  {"busy", 1},	   {"regular", 50},
	{"final", 50},	 {"ironic", 40},  {"even", 30},	   {"bold", 20},
	{"silent", 10},	 {NULL, 0}};
static const Word adverbs[] = {
	{"sometimes", 1},  {"always", 1},	  {"never", 1},		  {"furiously", 50},
	{"slyly", 50},	   {"carefully", 50}, {"blithely", 40},	  {"quickly", 30},
	{"fluffily", 20},  {"slowly", 1},	  {"quietly", 1},	  {"ruthlessly", 1},
	{"thinly", 1},	   {"closely", 1},	  {"doggedly", 1},	  {"daringly", 1},
	{"bravely", 1},	   {"stealthily", 1}, {"permanently", 1}, {"enticingly", 1},
	{"idly", 1},	   {"busily", 1},	  {"regularly", 1},	  {"finally", 1},
	{"ironically", 1}, {"evenly", 1},	  {"boldly", 1},	  {"silently", 1},
	{NULL, 0}};
static const Word prepositions[] = {{"about", 50},
									{"above", 50},
									{"according to", 50},
									{"across", 50},
									{"after", 50},
									{"against", 40},
									{"along", 40},
									{"alongside of", 30},
									{"among", 30},
									{"around", 20},
									{"at", 10},
									{"atop", 1},
									{"before", 1},
									{"behind", 1},
									{"beneath", 1},
									{"beside", 1},
									{"besides", 1},
									{"between", 1},
									{"beyond", 1},
									{"by", 1},
									{"despite", 1},
									{"during", 1},
									{"except", 1},
									{"for", 1},
									{"from", 1},
									{"in place of", 1},
									{"inside", 1},
									{"instead of", 1},
									{"into", 1},
									{"near", 1},
									{"of", 1},
									{"on", 1},
									{"outside", 1},
									{"over", 1},
									{"past", 1},
									{"since", 1},
									{"through", 1},
									{"throughout", 1},
									{"to", 1},
									{"toward", 1},
									{"under", 1},
									{"until", 1},
									{"up", 1},
									{"upon", 1},
									{"without", 1},
									{"with", 1},
									{"within", 1},
									{NULL, 0}};
static const Word auxiliaries[] = {{"do", 1},
								   {"may", 1},
								   {"might", 1},
								   {"shall", 1},
								   {"will", 1},
								   {"would", 1},
								   {"can", 1},
								   {"could", 1},
								   {"should", 1},
								   {"ought to", 1},
								   {"must", 1},
								   {"will have to", 1},
								   {"shall have to", 1},
								   {"could have to", 1},
								   {"should have to", 1},
								   {"must have to", 1},
								   {"need to", 1},
								   {"try to", 1},
								   {NULL, 0}};
static const Word terminators[] = {{".", 50}, {";", 1},	 {":", 1}, {"?", 1},
								   {"!", 1},  {"--", 1}, {NULL, 0}};

/* Noun phrase, Verb phrase, Preposition with its phrase; Noun, aDverb, ... */
static const Word sentences[] = {{"NV", 3},	  {"NVP", 3},  {"NVN", 3},
								 {"NPVN", 1}, {"NPVP", 1}, {NULL, 0}};
static const Word noun_phrases[] = {
	{"n", 10}, {"jn", 20}, {"jJn", 10}, {"djn", 50}, {NULL, 0}};
static const Word verb_phrases[] = {
	{"v", 30}, {"xv", 1}, {"vd", 40}, {"xvd", 1}, {NULL, 0}};

static const char *const regions[] = {"AFRICA", "AMERICA", "ASIA", "EUROPE",
									  "MIDDLE EAST"};
static const struct
{
	const char *name;
	int region;
} nations[] = {
	{"ALGERIA", 0},		 {"ARGENTINA", 1}, {"BRAZIL", 1}, {"CANADA", 1},
	{"EGYPT", 4},		 {"ETHIOPIA", 0},  {"FRANCE", 3}, {"GERMANY", 3},
	{"INDIA", 2},		 {"INDONESIA", 2}, {"IRAN", 4},	  {"IRAQ", 4},
	{"JAPAN", 2},		 {"JORDAN", 4},	   {"KENYA", 0},  {"MOROCCO", 0},
	{"MOZAMBIQUE", 0},	 {"PERU", 1},	   {"CHINA", 2},  {"ROMANIA", 3},
	{"SAUDI ARABIA", 4}, {"VIETNAM", 2},   {"RUSSIA", 3}, {"UNITED KINGDOM", 3},
	{"UNITED STATES", 1}};
static const char *const colors[] = {
	"almond",	 "antique",	  "aquamarine", "azure",	  "beige",
	"bisque",	 "black",	  "blanched",	"blue",		  "blush",
	"brown",	 "burlywood", "burnished",	"chartreuse", "chiffon",
	"chocolate", "coral",	  "cornflower", "cornsilk",	  "cream",
	"cyan",		 "dark",	  "deep",		"dim",		  "dodger",
	"drab",		 "firebrick", "floral",		"forest",	  "frosted",
	"gainsboro", "ghost",	  "goldenrod",	"green",	  "grey",
	"honeydew",	 "hot",		  "indian",		"ivory",	  "khaki",
	"lace",		 "lavender",  "lawn",		"lemon",	  "light",
	"lime",		 "linen",	  "magenta",	"maroon",	  "medium",
	"metallic",	 "midnight",  "mint",		"misty",	  "moccasin",
	"navajo",	 "navy",	  "olive",		"orange",	  "orchid",
	"pale",		 "papaya",	  "peach",		"peru",		  "pink",
	"plum",		 "powder",	  "puff",		"purple",	  "red",
	"rose",		 "rosy",	  "royal",		"saddle",	  "salmon",
	"sandy",	 "seashell",  "sienna",		"sky",		  "slate",
	"smoke",	 "snow",	  "spring",		"steel",	  "tan",
	"thistle",	 "tomato",	  "turquoise",	"violet",	  "wheat",
	"white",	 "yellow"};
static const char *const segments[] = {"AUTOMOBILE", "BUILDING", "FURNITURE",
									   "MACHINERY", "HOUSEHOLD"};
static const char *const priorities[] = {"1-URGENT", "2-HIGH", "3-MEDIUM",
										 "4-NOT SPECIFIED", "5-LOW"};
static const char *const instructions[] = {"DELIVER IN PERSON", "COLLECT COD",
										   "NONE", "TAKE BACK RETURN"};
static const char *const modes[] = {"REG AIR", "AIR",  "RAIL", "SHIP",
									"TRUCK",   "MAIL", "FOB"};
static const char *const type_1[] = {"STANDARD", "SMALL",	"MEDIUM",
									 "LARGE",	 "ECONOMY", "PROMO"};
static const char *const type_2[] = {"ANODIZED", "BURNISHED", "PLATED",
									 "POLISHED", "BRUSHED"};
static const char *const type_3[] = {"TIN", "NICKEL", "BRASS", "STEEL",
									 "COPPER"};
static const char *const container_1[] = {"SM", "LG", "MED", "JUMBO", "WRAP"};
static const char *const container_2[] = {"CASE", "BOX",  "BAG", "JAR",
										  "PKG",  "PACK", "CAN", "DRUM"};

static int64_t n_parts, n_suppliers, n_customers, n_orders;

static const char *
pick(Random *r, const Word *words)
{
	uint32_t sum = 0;
	uint32_t at;

	for (const Word *word = words; word->text; word++)
		sum += word->weight;
	at = below(r, sum);
	while (at >= words->weight)
		at -= (words++)->weight;
	return words->text;
}

static char *
add_phrase(char *text, Random *r, const char *parts)
{
	for (; *parts; parts++)
	{
		const Word *words = *parts == 'n'	? nouns
							: *parts == 'v' ? verbs
							: *parts == 'd' ? adverbs
							: *parts == 'x' ? auxiliaries
											: adjectives;

		if (*parts == 'J') /* a second adjective */
			text = stpcpy(text - 1, ", ");
		text = stpcpy(stpcpy(text, pick(r, words)), " ");
	}
	return text;
}

static char *
add_sentence(char *text, Random *r)
{
	for (const char *part = pick(r, sentences); *part; part++)
	{
		if (*part == 'P')
			text = stpcpy(stpcpy(text, pick(r, prepositions)), " the ");
		text = add_phrase(text, r,
						  pick(r, *part == 'V' ? verb_phrases : noun_phrases));
	}
	return stpcpy(stpcpy(text - 1, pick(r, terminators)), " ");
}

/* A comment of low to high bytes, cut out of the text anywhere. */
static void
comment(Random *r, int low, int high)
{
	char text[1024];
	int n_bytes = (int) between(r, low, high);
	char *end = add_sentence(text, r);
	char *begin = text + below(r, (uint32_t) (end - text));

	while (end - begin < n_bytes)
		end = add_sentence(end, r);
	begin[n_bytes] = 0;
	csv_text(begin);
}

/* An address: 10 to 40 letters, digits, blanks and commas. */
static void
address(Random *r)
{
	static const char letters[] =
		"0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,";
	char text[48];
	int n = (int) between(r, 10, 40);

	for (int i = 0; i < n; i++)
		text[i] = letters[below(r, sizeof(letters) - 1)];
	text[n] = 0;
	csv_text(text);
}

static void
phone(Random *r, int nation)
{
	char text[32];
	int area = (int) between(r, 100, 999);
	int exchange = (int) between(r, 100, 999);
	int line = (int) between(r, 1000, 9999);

	sprintf(text, "%d-%03d-%03d-%04d", nation + 10, area, exchange, line);
	csv_raw(text);
}

static void
numbered(const char *name, int64_t number)
{
	char text[40];

	sprintf(text, "%s#%09lld", name, (long long) number);
	csv_raw(text);
}

static Random
row_of(const char *table, int64_t key)
{
	return random_of(mix((uint64_t) (table[0] * 256 + table[1])) ^
					 (uint64_t) key);
}

/* In cents. */
static int64_t
retail_price(int64_t part)
{
	return 90000 + part / 10 % 20001 + 100 * (part % 1000);
}

/* The i-th of the four suppliers of a part. */
static int64_t
supplier_of(int64_t part, int64_t i)
{
	return (part + i * (n_suppliers / 4 + (part - 1) / n_suppliers)) %
			   n_suppliers +
		   1;
}

static void
region(int64_t i)
{
	Random r = row_of("region", i);

	csv_number(i - 1);
	csv_raw(regions[i - 1]);
	comment(&r, 31, 115);
	csv_row();
}

static void
nation(int64_t i)
{
	Random r = row_of("nation", i);

	csv_number(i - 1);
	csv_raw(nations[i - 1].name);
	csv_number(nations[i - 1].region);
	comment(&r, 31, 114);
	csv_row();
}

static void
supplier(int64_t i)
{
	Random r = row_of("supplier", i);
	int of_nation = (int) below(&r, COUNT(nations));

	csv_number(i);
	numbered("Supplier", i);
	address(&r);
	csv_number(of_nation);
	phone(&r, of_nation);
	csv_cents(between(&r, -99999, 999999));
	if (i % 2000 == 7) /* five of 10,000 each */
		csv_text("furiously Customer slow Complaints haggle");
	else if (i % 2000 == 1011)
		csv_text("carefully Customer blithely Recommends sleep");
	else
		comment(&r, 25, 100);
	csv_row();
}

static void
customer(int64_t i)
{
	Random r = row_of("customer", i);
	int of_nation = (int) below(&r, COUNT(nations));

	csv_number(i);
	numbered("Customer", i);
	address(&r);
	csv_number(of_nation);
	phone(&r, of_nation);
	csv_cents(between(&r, -99999, 999999));
	csv_raw(PICK(&r, segments));
	comment(&r, 29, 116);
	csv_row();
}

static void
part(int64_t i)
{
	Random r = row_of("part", i);
	char text[128];
	char *at = text;
	int maker = 1 + (int) below(&r, 5);
	uint32_t chosen[5];

	for (int n = 0; n < 5; n++)
	{
	again:
		chosen[n] = below(&r, COUNT(colors));
		for (int before = 0; before < n; before++)
			if (chosen[before] == chosen[n])
				goto again;
		at = stpcpy(stpcpy(at, n ? " " : ""), colors[chosen[n]]);
	}
	csv_number(i);
	csv_raw(text);
	sprintf(text, "Manufacturer#%d", maker);
	csv_raw(text);
	sprintf(text, "Brand#%d%d", maker, 1 + (int) below(&r, 5));
	csv_raw(text);
	at = stpcpy(stpcpy(text, PICK(&r, type_1)), " ");
	at = stpcpy(stpcpy(at, PICK(&r, type_2)), " ");
	stpcpy(at, PICK(&r, type_3));
	csv_raw(text);
	csv_number(between(&r, 1, 50));
	at = stpcpy(stpcpy(text, PICK(&r, container_1)), " ");
	stpcpy(at, PICK(&r, container_2));
	csv_raw(text);
	csv_cents(retail_price(i));
	comment(&r, 5, 22);
	csv_row();
}

static void
partsupp(int64_t i)
{
	Random r = row_of("Part", i);

	csv_number((i - 1) / 4 + 1);
	csv_number(supplier_of((i - 1) / 4 + 1, (i - 1) % 4));
	csv_number(between(&r, 1, 9999));
	csv_cents(between(&r, 100, 100000));
	comment(&r, 49, 198);
	csv_row();
}

typedef struct Line
{
	int64_t part, supplier, quantity, price, discount, tax;
	int32_t ship, commit, receipt;
	char returned, status;
} Line;

typedef struct Order
{
	int64_t key;
	int32_t day;
	int n_lines;
	Line lines[7];
} Order;

/* What orders and lineitem both know of the i-th order; r goes on from there. */
static Order
order_of(int64_t i, Random *r)
{
	Order order;

	*r = row_of("orders", i);
	/* eight keys of 32 are in use */
	order.key = (i - 1) / 8 * 32 + (i - 1) % 8 + 1;
	order.day = (int32_t) between(r, FIRST_DAY, LAST_DAY);
	order.n_lines = 1 + (int) below(r, 7);
	for (int n = 0; n < order.n_lines; n++)
	{
		Line *line = &order.lines[n];

		line->part = between(r, 1, n_parts);
		line->supplier = supplier_of(line->part, below(r, 4));
		line->quantity = between(r, 1, 50);
		line->price = line->quantity * retail_price(line->part);
		line->discount = below(r, 11);
		line->tax = below(r, 9);
		line->ship = order.day + (int32_t) between(r, 1, 121);
		line->commit = order.day + (int32_t) between(r, 30, 90);
		line->receipt = line->ship + (int32_t) between(r, 1, 30);
		line->status = line->ship > CURRENT_DAY ? 'O' : 'F';
		line->returned = line->receipt > CURRENT_DAY ? 'N'
						 : below(r, 2)				 ? 'R'
													 : 'A';
	}
	return order;
}

static void
orders(int64_t i)
{
	Random r;
	Order order = order_of(i, &r);
	int64_t total = 0;
	int n_open = 0;
	int64_t buyer;

	for (int n = 0; n < order.n_lines; n++)
	{
		const Line *line = &order.lines[n];

		total += line->price * (100 - line->discount) / 100 *
				 (100 + line->tax) / 100;
		n_open += line->status == 'O';
	}
	/* a third of the customers order nothing */
	do
		buyer = between(&r, 1, n_customers);
	while (buyer % 3 == 0);
	csv_number(order.key);
	csv_number(buyer);
	csv_raw(n_open == 0 ? "F" : n_open == order.n_lines ? "O" : "P");
	csv_cents(total);
	csv_date(order.day);
	csv_raw(PICK(&r, priorities));
	numbered("Clerk", between(&r, 1, n_orders / 1500 ? n_orders / 1500 : 1));
	csv_number(0);
	comment(&r, 19, 78);
	csv_row();
}

static void
lineitem(int64_t i)
{
	Random r;
	Order order = order_of(i, &r);

	for (int n = 0; n < order.n_lines; n++)
	{
		const Line *line = &order.lines[n];

		csv_number(order.key);
		csv_number(line->part);
		csv_number(line->supplier);
		csv_number(n + 1);
		csv_cents(100 * line->quantity);
		csv_cents(line->price);
		csv_cents(line->discount);
		csv_cents(line->tax);
		csv_raw((char[]){line->returned, 0});
		csv_raw((char[]){line->status, 0});
		csv_date(line->ship);
		csv_date(line->commit);
		csv_date(line->receipt);
		csv_raw(PICK(&r, instructions));
		csv_raw(PICK(&r, modes));
		comment(&r, 10, 43);
		csv_row();
	}
}

int
main(int argc, char **argv)
{
	double scale = argc > 2 ? atof(argv[2]) : 0;
	const struct
	{
		const char *name;
		int64_t n;
		void (*write)(int64_t);
	} tables[] = {
		{"region", COUNT(regions), region},
		{"nation", COUNT(nations), nation},
		{"supplier", n_suppliers = (int64_t) (10000 * scale), supplier},
		{"customer", n_customers = (int64_t) (150000 * scale), customer},
		{"part", n_parts = (int64_t) (200000 * scale), part},
		{"partsupp", 4 * n_parts, partsupp},
		{"orders", n_orders = (int64_t) (1500000 * scale), orders},
		{"lineitem", n_orders, lineitem}};

	for (uint32_t t = 0; t < COUNT(tables) && n_suppliers > 0; t++)
		if (strcmp(tables[t].name, argv[1]) == 0)
		{
			for (int64_t i = 1; i <= tables[t].n; i++)
				tables[t].write(i);
			csv_flush();
			return 0;
		}
	fprintf(stderr, "usage: tpch TABLE SCALE\n");
	return 2;
}
