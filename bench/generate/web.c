/*
 * web.c - hits on web sites, in order of time: web ROWS writes them as CSV.
 *
 * Some thousand sites have pages by Zipf's law.  Some hundred sessions are
 * going on at any time, each of a user, who is new or has come before; a hit
 * is of one of them, on the site where it is: its page, its referer (the page
 * before, a search engine, another site, an advertisement), its title.  What a
 * browser is and can do follows from the user; ids are random bits.
 */
#include "bench/generate/csv.h"
#include "bench/generate/random.h"

#define URL_BYTES 640
#define TITLE_BYTES 640
#define N_SESSIONS 256
#define SITE_BITS 11
#define WORD_BITS 16

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

typedef struct User
{
	uint64_t id;
	uint32_t ip;
	uint32_t network;
	int region;
	int os;
	int browser;
	int browser_major;
	int width, height;
	int flash, net;
	int plugin;
	int mobile;
	int timezone;
	int language;
	int age, sex, income, interests;
	int clock_error;
	int toolbar;
	char browser_minor[12];
	char agent[160];
} User;

typedef struct Session
{
	User user;
	uint64_t id;
	uint32_t site;
	uint32_t page;
	int hits_left;
	int n_hits;
	int source;
	int engine;
	int window_width, window_height;
	int campaign;
	char phrase[TITLE_BYTES];
	char url[URL_BYTES];
	char referer[URL_BYTES];
} Session;

enum
{
	DIRECT,
	LINK,
	SEARCH,
	ADVERT,
	SOCIAL,
	INTERNAL
};

static const char *const latin[] = {
	"a",   "be",  "ca",	 "de",	"el",	"fo", "ga",	  "ho", "in",  "jo",
	"ka",  "lo",  "mi",	 "na",	"or",	"pa", "qui",  "re", "sta", "te",
	"un",  "va",  "wo",	 "xe",	"ya",	"zo", "tion", "er", "ing", "ar",
	"pro", "con", "der", "sch", "ment", "on", "is",	  "al", "tra", "ly"};
static const char *const cyrillic[] = {
	"а",   "бе",  "ка",	 "де", "ел",   "фо", "га",	"хо", "ин",	 "жо",
	"ки",  "ло",  "ми",	 "на", "ор",   "па", "кви", "ре", "ста", "те",
	"ун",  "ва",  "во",	 "же", "я",	   "зо", "ция", "ер", "ный", "ар",
	"про", "кон", "дер", "щи", "мент", "он", "ис",	"ал", "тра", "ли"};
static const char *const engines[] = {"www.findall.com", "search.yonder.ru",
									  "go.mailbox.ru", "www.bingle.com",
									  "seek.ramble.ru"};
static const char *const networks[] = {"facelink", "vcontact", "tweeter",
									   "classmates"};
static const char *const domains[] = {"com", "ru", "net",  "org",
									  "ua",	 "de", "info", "com.tr"};
static const char *const oses[] = {
	"Windows NT 6.1",		 "Windows NT 5.1",
	"Windows NT 6.1 WOW64",	 "Windows NT 6.2",
	"Intel Mac OS X 10_8_4", "Linux; Android 4.1.2",
	"iPhone; CPU OS 6_1_3",	 "iPad; CPU OS 6_1 like Mac OS X",
	"X11; Linux x86_64",	 "Windows NT 6.0",
	"Linux; Android 2.3.6",	 "Windows Phone OS 7.5"};
static const char *const browsers[] = {
	"Chrome",	 "Firefox", "MSIE",	   "Opera",		"Safari",
	"YaBrowser", "Iron",	"Maxthon", "SeaMonkey", "Dolphin"};
static const char *const languages[] = {"ru", "en", "uk", "de",
										"tr", "kk", "fr", "pl"};
static const char *const charsets[] = {"utf-8", "windows-1251", "iso-8859-1",
									   "koi8-r"};
static const short screens[][2] = {
	{1366, 768}, {1280, 1024}, {1920, 1080}, {1280, 800},  {1024, 768},
	{1600, 900}, {1440, 900},  {1680, 1050}, {320, 480},   {768, 1024},
	{1360, 768}, {1152, 864},  {480, 800},	 {360, 640},   {1920, 1200},
	{1024, 600}, {800, 600},   {2560, 1440}, {540, 960},   {1093, 614},
	{1280, 768}, {1280, 720},  {720, 1280},	 {240, 320},   {1344, 840},
	{1280, 960}, {2048, 1152}, {1536, 864},	 {1400, 1050}, {600, 1024}};

static Random dice;

/* Adds a word of the vocabulary to text. */
static char *
add_word(char *text, uint32_t word, int is_cyrillic)
{
	Random r = random_of(0x776f7264 + word);
	/* frequent words are short */
	int n = 1 + (word > 6) + (int) below(&r, word < 200 ? 2 : 3);

	while (n-- > 0)
	{
		int syllable = (int) skewed(&r, 6);
		const char *part;

		if (syllable >= (int) COUNT(latin))
			syllable = (int) below(&r, COUNT(latin));
		part = is_cyrillic ? cyrillic[syllable] : latin[syllable];
		text = stpcpy(text, part);
	}
	return text;
}

static char *
add_words(char *text, Random *r, int n, const char *between, int is_cyrillic)
{
	for (int i = 0; i < n; i++)
	{
		if (i)
			text = stpcpy(text, between);
		text = add_word(text, skewed(r, WORD_BITS), is_cyrillic);
	}
	return text;
}

static char *
add_number(char *text, uint64_t value)
{
	return text + sprintf(text, "%llu", (unsigned long long) value);
}

static uint64_t
site_seed(uint32_t site)
{
	return mix(0x73697465 + (uint64_t) site);
}

static int
site_is_cyrillic(uint32_t site)
{
	return site_seed(site) % 10 < 4;
}

static char *
add_site(char *text, uint32_t site)
{
	Random r = random_of(site_seed(site));

	if (chance(&r, 550))
		text = stpcpy(text, "www.");
	text = add_words(text, &r, 1 + (int) below(&r, 2), "", 0);
	if (chance(&r, 150))
		text = add_number(text, below(&r, 100));
	*text++ = '.';
	return stpcpy(text, domains[(skewed(&r, 4) & 7)]);
}

/* The address of a page, without what differs from hit to hit. */
static char *
add_page(char *text, uint32_t site, uint32_t page)
{
	Random r = random_of(site_seed(site) ^ mix(page));

	text = stpcpy(text, "http://");
	text = add_site(text, site);
	*text++ = '/';
	if (page == 0)
		return text;
	switch (site_seed(site) / 16 % 6)
	{
		case 0: /* a shop */
			text = stpcpy(text, "catalog/");
			text = add_words(text, &r, 1 + (int) below(&r, 2), "/", 0);
			text = stpcpy(text, "/item-");
			text = add_number(text, 10000 + mix(page) % 4000000);
			return stpcpy(text, ".html");
		case 1: /* news */
			text += sprintf(text, "2013/%02u/", 1 + below(&r, 7));
			text += sprintf(text, "%02u/", 1 + below(&r, 28));
			text = add_words(text, &r, 3 + (int) below(&r, 5), "-", 0);
			return stpcpy(text, "/");
		case 2: /* a forum */
			text = stpcpy(text, "forum/viewtopic.php?f=");
			text = add_number(text, skewed(&r, 7));
			text = stpcpy(text, "&t=");
			text = add_number(text, 1000 + mix(page) % 900000);
			if (chance(&r, 400))
			{
				text = stpcpy(text, "&start=");
				text = add_number(text, 15 * (1 + skewed(&r, 6)));
			}
			return text;
		case 3: /* advertisements by place and kind */
			text = add_words(text, &r, 1, "", 0);
			*text++ = '/';
			text = add_words(text, &r, 2, "/", 0);
			text = stpcpy(text, "?price_min=");
			text = add_number(text, 500 * skewed(&r, 6));
			text = stpcpy(text, "&page=");
			return add_number(text, 1 + skewed(&r, 5));
		case 4: /* profiles */
			text = stpcpy(text, "users/");
			text = add_words(text, &r, 1, "", 0);
			text = add_number(text, mix(page) % 1000000);
			return chance(&r, 500) ? stpcpy(text, "/photo") : text;
		default:
			text = stpcpy(text, "index.php?id=");
			text = add_number(text, mix(page) % 500000);
			text = stpcpy(text, "&lang=");
			return stpcpy(text, site_is_cyrillic(site) ? "ru" : "en");
	}
}

/*
 * A page of a site by popularity, or one of those that hardly anybody sees;
 * large sites have more of both.
 */
static uint32_t
any_page(uint32_t site)
{
	unsigned rank_bits = 0;

	while (site >> rank_bits)
		rank_bits++;
	if (chance(&dice, 50))
		return (1 << 16) + below(&dice, (uint32_t) 1 << (22 - rank_bits));
	return skewed(&dice, 11 - rank_bits / 2);
}

static void
make_title(char *text, uint32_t site, uint32_t page)
{
	Random r = random_of(mix(page) + site_seed(site));
	int is_cyrillic = site_is_cyrillic(site);

	if (page)
	{
		text = add_words(text, &r, 2 + (int) below(&r, is_cyrillic ? 3 : 6),
						 " ", is_cyrillic);
		if (chance(&r, 150))
		{
			text = stpcpy(text, ", ");
			text = add_words(text, &r, 2, " ", is_cyrillic);
		}
		text = stpcpy(text, site % 3 ? " - " : " | ");
	}
	r = random_of(site_seed(site));
	text = add_words(text, &r, 2, " ", is_cyrillic);
	*text = 0;
}

/*
 * What the user of this number is: the same each time.
 */
static void
make_user(User *user, uint32_t number)
{
	Random r = random_of(0x75736572 + (uint64_t) number);
	int screen;

	memset(user, 0, sizeof(*user));
	user->id = next(&r);
	user->region = (int) (skewed(&r, 13) * 7 % 8191) + 1;
	user->network =
		(uint32_t) mix((uint64_t) user->region * 64 + skewed(&r, 7)) &
		0xffff0000;
	user->ip = user->network + below(&r, 65536);
	user->os = (int) skewed(&r, 4) % (int) COUNT(oses);
	user->mobile =
		user->os == 5 || user->os == 6 || user->os == 7 || user->os >= 10;
	user->browser = (int) skewed(&r, 4) % (int) COUNT(browsers);
	user->browser_major = 28 - (int) skewed(&r, 5);
	if (user->browser_major < 1)
		user->browser_major = 1;
	sprintf(user->browser_minor, "%u", skewed(&r, 4));
	sprintf(user->agent, "%s; %s/%d.0.%u", oses[user->os],
			browsers[user->browser], user->browser_major, 1400 + skewed(&r, 6));
	sprintf(user->agent + strlen(user->agent), ".%u", 20 + skewed(&r, 6));
	screen = (int) skewed(&r, 5) % (int) COUNT(screens);
	user->width = screens[screen][0];
	user->height = screens[screen][1];
	if (chance(&r, 60)) /* zoomed, or a rare one */
	{
		user->width = user->width * 4 / (3 + (int) below(&r, 5));
		user->height = user->height * 4 / (3 + (int) below(&r, 5));
	}
	user->flash = user->mobile || chance(&r, 100) ? 0 : 11 - (int) below(&r, 2);
	user->net = user->os < 4 && chance(&r, 300) ? 2 + (int) below(&r, 3) : 0;
	user->plugin = !user->mobile && chance(&r, 350);
	user->language = (int) skewed(&r, 4) & 7;
	user->timezone = chance(&r, 850) ? 240 : 60 * ((int) below(&r, 14) - 2);
	if (chance(&r, 450))
	{
		static const char ages[] = {16, 22, 30, 39, 50};

		user->age = ages[skewed(&r, 3) % COUNT(ages)];
		user->sex = 1 + (int) below(&r, 2);
		user->income = 1 + (int) below(&r, 4);
		user->interests = (int) (next(&r) & next(&r) & 0x7fff);
	}
	user->clock_error = chance(&r, 800) ? (int) between(&r, -8, 8)
										: (int) between(&r, -900, 900);
	user->toolbar = chance(&r, 120);
}

static uint32_t n_users = 20000;

/* The first page of a session, and how it was found. */
static void
start_session(Session *session)
{
	char *at;
	uint32_t number;

	/* who has come before is rather a user of long standing */
	if (chance(&dice, 620))
		number = n_users++;
	else
	{
		uint64_t share = below(&dice, 65536);

		number = (uint32_t) (share * below(&dice, n_users) >> 16);
	}
	make_user(&session->user, number);
	if (chance(&dice, 250)) /* another line of the same provider */
		session->user.ip = session->user.network + below(&dice, 65536);
	session->id = next(&dice);
	session->site = skewed(&dice, SITE_BITS);
	session->page = chance(&dice, 300) ? 0 : any_page(session->site);
	session->hits_left = 1 + (int) skewed(&dice, 5);
	session->n_hits = 0;
	session->window_width =
		session->user.width -
		(chance(&dice, 500) ? 0 : 1 + (int) below(&dice, 40));
	session->window_height =
		session->user.height - 60 -
		(chance(&dice, 250) ? 40 : (int) below(&dice, 110));
	session->phrase[0] = 0;
	session->referer[0] = 0;
	session->engine = 0;
	session->campaign = 0;
	number = below(&dice, 1000);
	if (number < 330)
		session->source = DIRECT;
	else if (number < 700)
	{
		session->source = SEARCH;
		session->engine = 1 + (int) skewed(&dice, 3) % (int) COUNT(engines);
	}
	else if (number < 830)
	{
		session->source = LINK;
		number = skewed(&dice, SITE_BITS);
		add_page(session->referer, number, any_page(number))[0] = 0;
	}
	else if (number < 920)
	{
		session->source = ADVERT;
		session->campaign = 1 + (int) skewed(&dice, 9);
		at = session->referer + sprintf(session->referer,
										"http://click.adserv.com/go?b=%u",
										skewed(&dice, 16));
		sprintf(at, "&u=%016llx", (unsigned long long) next(&dice));
	}
	else
	{
		session->source = SOCIAL;
		at = session->referer +
			 sprintf(session->referer, "http://www.%s.com/",
					 networks[skewed(&dice, 3) % COUNT(networks)]);
		sprintf(at, "%u", (uint32_t) next(&dice) >> 4);
	}
	if (session->source == SEARCH)
	{
		int is_cyrillic = site_is_cyrillic(session->site);
		int n = 1 + (int) skewed(&dice, 3);
		Random r = dice;

		add_words(session->phrase, &dice, n, " ", is_cyrillic)[0] = 0;
		at = session->referer +
			 sprintf(session->referer,
					 "http://%s/search?text=", engines[session->engine - 1]);
		at = add_words(at, &r, n, "+", 0);
		at = stpcpy(at, "&lr=");
		at = add_number(at, (uint64_t) session->user.region);
		if (chance(&dice, 300))
			at += sprintf(at, "&p=%u", 1 + skewed(&dice, 3));
		if (chance(&dice, 300))
			at += sprintf(at, "&rnd=%u", below(&dice, 1000000));
		*at = 0;
	}
}

/* What a hit adds to the address of its page. */
static void
make_url(Session *session)
{
	char *at = add_page(session->url, session->site, session->page);
	Random r = dice;

	next(&dice);
	*at = 0;
	if (session->n_hits == 0 && session->campaign)
		at += sprintf(at, "%cutm_source=direct&utm_campaign=c%d",
					  strchr(session->url, '?') ? '&' : '?', session->campaign);
	else if (site_seed(session->site) / 128 % 24 == 0)
		/* the session in every address, as of old */
		at +=
			sprintf(at, "%csid=%016llx", strchr(session->url, '?') ? '&' : '?',
					(unsigned long long) session->id);
	else if (chance(&r, 60))
		at += sprintf(at, "%c_=%u%06u", strchr(session->url, '?') ? '&' : '?',
					  1372, below(&r, 1000000));
	if (chance(&r, 40))
		at += sprintf(at, "#%u", skewed(&r, 6));
}

static int64_t
hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	if (!text[0])
		return 0;
	for (; *text; text++)
		hash = (hash ^ (uint8_t) *text) * 0x100000001b3;
	return (int64_t) mix(hash);
}

/* Milliseconds: short ones are common, long ones are there. */
static int
duration(unsigned bits)
{
	int ms = (int) skewed(&dice, bits) / 2;

	return ms + (int) below(&dice, 1 << (bits / 2));
}

static void
write_hit(Session *session, int64_t now)
{
	const User *user = &session->user;
	Random of_site = random_of(site_seed(session->site) + 7);
	char title[TITLE_BYTES] = "";
	char text[64];
	int is_first = session->n_hits == 0;
	int is_event = !is_first && chance(&dice, 340);
	int is_refresh = !is_first && !is_event && chance(&dice, 60);
	int is_link = !is_first && chance(&dice, 40);
	int has_timing = !is_event && chance(&dice, 300);
	int is_order = chance(&dice, 3);
	int source = is_first ? session->source : INTERNAL;
	int counter = 1 + (int) (site_seed(session->site) % 250000);
	int category = (int) (site_seed(session->site) / 64 % 19);
	int64_t local = now + 60 * (int64_t) (user->timezone - 240);
	int ad = session->campaign && is_first;

	if (!is_event)
		make_title(title, session->site, session->page);
	csv_number((int64_t) next(&dice)); /* hit_id */
	csv_number(!user->mobile && user->id % 8 != 0);
	csv_text(title);
	csv_number(1);
	csv_time(now);
	csv_date((int32_t) (now / 86400));
	csv_number(counter);
	csv_number((int32_t) user->ip);
	csv_number(user->region);
	csv_number((int64_t) user->id);
	csv_number(site_seed(session->site) / 512 % 20 == 0);
	csv_number(user->os + 1);
	csv_number(user->browser + 1);
	csv_text(session->url);
	csv_text(session->referer);
	csv_number(is_refresh);
	csv_number(session->referer[0] ? (int) (hash_of(session->referer) & 15) *
										 (session->source != DIRECT)
								   : 0);
	csv_number(source == LINK ? user->region : 0);
	csv_number(category);
	csv_number(category > 4 ? 1 + (int) below(&of_site, 300) : 0);
	csv_number(user->width);
	csv_number(user->height);
	csv_number(user->mobile ? 32 : 24);
	csv_number(user->flash);
	csv_number(user->flash ? (int) (user->id % 9) : 0);
	if (user->flash)
		sprintf(text, "%d", (int) (user->id / 16 % 7) * 100 + 2);
	csv_text(user->flash && user->flash == 11 ? text : "");
	csv_number(user->net);
	csv_number(user->net ? (int) (user->id % 3) : 0);
	csv_number(user->browser_major);
	csv_text(user->browser_minor);
	csv_number(1);
	csv_number(user->id % 100 != 0);
	csv_number(user->mobile);
	if (user->mobile)
	{
		Random r = random_of(user->id);

		add_words(text, &r, 1, "", 0)[0] = 0;
		text[12] = 0;
		sprintf(text + strlen(text), " %u", 10 * skewed(&r, 6));
	}
	csv_text(user->mobile ? text : "");
	csv_text(user->mobile ? (user->os > 5 && user->os < 8 ? "Apple" : "GT")
						  : "");
	if (chance(&dice, 15))
		sprintf(text, "%u", below(&dice, 100000));
	else
		text[0] = 0;
	csv_text(text); /* params */
	csv_number((int32_t) (user->network >> 12));
	csv_number(source == INTERNAL ? -1 : source);
	csv_number(is_first ? session->engine : 0);
	csv_text(session->n_hits < 2 ? session->phrase : "");
	csv_number(ad ? 1 + session->campaign % 60 : 0);
	csv_number(0);
	csv_number(session->window_width);
	csv_number(session->window_height);
	csv_number(user->timezone);
	csv_time(local + user->clock_error + below(&dice, 4));
	csv_number(user->plugin ? 5 : 0);
	csv_number(user->plugin ? 1 : 0);
	csv_number(user->plugin ? 20125 + (int) (user->id % 5) * 88 : 0);
	csv_number(0);
	csv_text(charsets[below(&of_site, 10) < 7 ? 0 : below(&of_site, 4)]);
	csv_number(1500 + (int) below(&of_site, 40));
	csv_number(is_link);
	csv_number(is_link && chance(&dice, 100));
	csv_number(!is_first || session->hits_left > 1);
	csv_number((int64_t) session->id);
	csv_text(is_link ? session->url : "");	   /* original_url */
	csv_number((int64_t) (next(&dice) >> 34)); /* page_id */
	csv_number(0);
	csv_number(is_event);
	csv_number(is_event && chance(&dice, 200));
	csv_number(chance(&dice, 20));
	csv_number(strchr(session->url, '#') != NULL);
	csv_text(chance(&dice, 30) ? "5" : "F");
	csv_time(local);
	csv_number(user->age);
	csv_number(user->sex);
	csv_number(user->income);
	csv_number(user->interests);
	csv_number(user->id % 1024 == 0 ? 1 + (int) (user->id >> 32) % 100 : 0);
	csv_number((int32_t) (user->id % 32 == 0
							  ? user->network + (uint32_t) (user->id >> 16)
							  : user->ip));
	csv_number(chance(&dice, 50) ? (int) below(&dice, 5000) : -1);
	csv_number(chance(&dice, 50) ? (int) below(&dice, 5000) : -1);
	csv_number(session->n_hits + 1 +
			   (int) (session->id % 4 == 0) * (int) (session->id >> 16 & 15));
	csv_text(languages[user->language]);
	csv_text(user->id % 5 == 0 ? languages[user->id / 8 % COUNT(languages)]
							   : "");
	csv_text(is_event && chance(&dice, 20) ? networks[below(&dice, 4)] : "");
	csv_text(is_event && chance(&dice, 20) ? "like" : "");
	csv_number(chance(&dice, 4) ? 404 : 0);
	csv_number(has_timing && chance(&dice, 300) ? duration(12) : 0);
	csv_number(has_timing && is_first ? duration(10) : 0);
	csv_number(has_timing && is_first ? duration(10) : 0);
	csv_number(has_timing ? duration(11) : 0);
	csv_number(has_timing ? duration(12) : 0);
	csv_number(has_timing ? duration(14) : 0);
	csv_number(source == SOCIAL ? 1 + (int) below(&dice, 4) : 0);
	csv_text(source == SOCIAL && chance(&dice, 300) ? session->referer : "");
	csv_number(is_order ? (int) skewed(&dice, 16) * 10 : 0);
	if (is_order)
		sprintf(text, "A-%07u", below(&dice, 10000000));
	csv_text(is_order ? text : "");
	csv_text(is_order ? "RUB" : "");
	csv_number(is_order ? 643 : 0);
	csv_text(user->agent);
	sprintf(text, "banner-%d", session->campaign * 31 % 997);
	csv_text(ad && session->campaign % 2 ? text : "");
	csv_text(ad && session->campaign % 2 ? "context" : "");
	csv_text(user->toolbar ? "toolbar" : "");
	csv_text(ad ? "direct" : "");
	csv_text(ad ? "cpc" : "");
	sprintf(text, "c%d", session->campaign);
	csv_text(ad ? text : "");
	sprintf(text, "%u", (uint32_t) mix((uint64_t) session->campaign) >> 4);
	csv_text(ad && session->campaign % 3 == 0 ? text : "");
	csv_text(ad && session->campaign % 5 == 0 ? session->phrase : "");
	csv_text("");
	csv_number(ad && session->campaign % 4 == 0);
	csv_number(hash_of(session->referer));
	csv_number(hash_of(session->url));
	csv_number(user->toolbar ? 1 + (int) (user->id % 2000000) : 0);
	csv_row();
}

/* Another page of the site, or the same again. */
static void
move_on(Session *session)
{
	strcpy(session->referer, session->url);
	session->n_hits++;
	session->hits_left--;
	if (chance(&dice, 20))
		session->site = skewed(&dice, SITE_BITS);
	else if (chance(&dice, 450))
		return;
	session->page = chance(&dice, 80) ? 0 : any_page(session->site);
	make_url(session);
}

int
main(int argc, char **argv)
{
	static Session sessions[N_SESSIONS];
	/* hits of an hour of the day, relative */
	static const int by_hour[24] = {5,	3,	2,	2,	2,	3,	5,	8,
									10, 12, 13, 13, 13, 13, 13, 13,
									13, 12, 13, 14, 15, 14, 12, 8};
	int64_t now = 1372636800; /* 2013-07-01 */
	int64_t ticks = 0;
	long n_rows = argc > 1 ? atol(argv[1]) : 0;

	dice = random_of(2013);
	for (int i = 0; i < N_SESSIONS; i++)
	{
		start_session(&sessions[i]);
		make_url(&sessions[i]);
	}
	for (long row = 0; row < n_rows; row++)
	{
		Session *session = &sessions[below(&dice, N_SESSIONS)];

		write_hit(session, now);
		if (session->hits_left > 1)
			move_on(session);
		else
		{
			start_session(session);
			make_url(session);
		}
		/* about two a second */
		ticks += (int64_t) below(&dice, 10000);
		while (ticks >= 1000 * by_hour[now / 3600 % 24])
		{
			ticks -= 1000 * by_hour[now / 3600 % 24];
			now++;
		}
	}
	csv_flush();
	return 0;
}
