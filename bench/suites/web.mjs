// web.mjs - hits on web sites: 105 columns, 5 million times SCALE rows made by
// generate/web.c, the same on every machine.  Addresses, titles and phrases with
// a long tail, random 64-bit ids, flags that are nearly always zero, texts that are
// nearly always empty.  Its figures mean something while heap takes 480 to 560
// bytes a row and DuckDB's zstd Parquet 80 to 95; the load report shows both.
import { generate } from '../lib/generate.mjs';

// none is ever NULL
const columns = `
    hit_id bigint, java_enabled smallint, title text, good_event smallint,
    event_time timestamp, event_date date, counter_id integer, client_ip integer,
    region_id integer, user_id bigint, counter_class smallint, os smallint,
    browser smallint, url text, referer text, is_refresh smallint,
    referer_category smallint, referer_region integer, url_category smallint,
    url_region integer, screen_width smallint, screen_height smallint,
    color_depth smallint, flash_major smallint, flash_minor smallint, flash_build text,
    net_major smallint, net_minor smallint, browser_major smallint, browser_minor text,
    cookies_enabled smallint, script_enabled smallint, is_mobile smallint,
    mobile_model text, mobile_brand text, params text, ip_network integer,
    traffic_source smallint, search_engine smallint, search_phrase text,
    adv_engine smallint, is_artificial smallint, window_width smallint,
    window_height smallint, client_timezone smallint, client_time timestamp,
    plugin_version1 smallint, plugin_version2 smallint, plugin_version3 integer,
    plugin_version4 smallint, charset text, code_version integer, is_link smallint,
    is_download smallint, is_not_bounce smallint, session_id bigint, original_url text,
    page_id integer, is_old_counter smallint, is_event smallint, is_parameter smallint,
    dont_count smallint, with_hash smallint, hit_color text, local_time timestamp,
    age smallint, sex smallint, income smallint, interests smallint, robotness smallint,
    remote_ip integer, window_name integer, opener_name integer,
    history_length smallint, browser_language text, browser_country text,
    social_network text, social_action text, http_error smallint, send_ms integer,
    dns_ms integer, connect_ms integer, response_start_ms integer,
    response_end_ms integer, fetch_ms integer, social_source smallint, social_page text,
    order_price bigint, order_id text, order_currency text, order_currency_id smallint,
    user_agent text, ad_banner text, ad_place text, toolbar text, utm_source text,
    utm_medium text, utm_campaign text, utm_content text, utm_term text, from_tag text,
    has_click_id smallint, referer_hash bigint, url_hash bigint, client_id integer`.replaceAll(/(,|$)/g, ' NOT NULL$1');

export default {
  name: 'web',
  columns,
  calibrated: { heap: [480, 560], parquet: [80, 95] },
  csv({ folder, scale }) {
    const rows = Math.max(1000, Math.round(5e6 * scale));
    return generate(folder, `web-${rows}`, 'web', [rows], columns);
  },
  queries: [
    { name: 'count', sql: 'SELECT count(*) FROM :t' },
    { name: 'from_adverts', sql: 'SELECT count(*) FROM :t WHERE adv_engine <> 0' },
    {
      name: 'totals',
      sql: 'SELECT sum(adv_engine), count(*), avg(window_width) FROM :t',
    },
    { name: 'average_user', sql: 'SELECT avg(user_id) FROM :t' },
    { name: 'distinct_users', sql: 'SELECT count(DISTINCT user_id) FROM :t' },
    { name: 'distinct_phrases', sql: 'SELECT count(DISTINCT search_phrase) FROM :t' },
    { name: 'date_range', sql: 'SELECT min(event_date), max(event_date) FROM :t' },
    {
      name: 'by_advert',
      sql: `SELECT adv_engine, count(*) AS n FROM :t WHERE adv_engine <> 0
              GROUP BY adv_engine ORDER BY n DESC, adv_engine`,
    },
    {
      name: 'users_by_region',
      sql: `SELECT region_id, count(DISTINCT user_id) AS users FROM :t
              GROUP BY region_id ORDER BY users DESC, region_id LIMIT 10`,
    },
    {
      name: 'regions',
      sql: `SELECT region_id, sum(adv_engine), count(*) AS n, avg(window_width),
              count(DISTINCT user_id) FROM :t
              GROUP BY region_id ORDER BY n DESC, region_id LIMIT 10`,
    },
    {
      name: 'mobile_models',
      sql: `SELECT mobile_brand, mobile_model, count(DISTINCT user_id) AS users
              FROM :t WHERE mobile_model <> '' GROUP BY mobile_brand, mobile_model
              ORDER BY users DESC, mobile_brand, mobile_model LIMIT 10`,
    },
    {
      name: 'top_phrases',
      sql: `SELECT search_phrase, count(*) AS n FROM :t WHERE search_phrase <> ''
              GROUP BY search_phrase ORDER BY n DESC, search_phrase LIMIT 10`,
    },
    {
      name: 'phrases_by_engine',
      sql: `SELECT search_engine, search_phrase, count(*) AS n FROM :t
              WHERE search_phrase <> '' GROUP BY search_engine, search_phrase
              ORDER BY n DESC, search_engine, search_phrase LIMIT 10`,
    },
    {
      name: 'top_users',
      sql: `SELECT user_id, count(*) AS n FROM :t
              GROUP BY user_id ORDER BY n DESC, user_id LIMIT 10`,
    },
    {
      name: 'users_minutes_phrases',
      sql: `SELECT user_id, extract(minute FROM event_time) AS m, search_phrase,
              count(*) AS n FROM :t GROUP BY user_id, m, search_phrase
              ORDER BY n DESC, user_id, m, search_phrase LIMIT 10`,
    },
    {
      name: 'one_user',
      sql: `SELECT count(*), min(event_time) FROM :t
              WHERE user_id = (SELECT max(user_id) FROM :t)`,
    },
    {
      name: 'url_like',
      sql: `SELECT count(*) FROM :t WHERE url LIKE '%item%'`,
    },
    {
      name: 'phrases_of_pages',
      sql: `SELECT search_phrase, min(url), count(*) AS n FROM :t
              WHERE url LIKE '%photo%' AND search_phrase <> ''
              GROUP BY search_phrase ORDER BY n DESC, search_phrase LIMIT 10`,
    },
    {
      name: 'first_photos',
      sql: `SELECT hit_id, event_time, url, title FROM :t WHERE url LIKE '%photo%'
              ORDER BY event_time, hit_id LIMIT 10`,
    },
    {
      name: 'first_phrases',
      sql: `SELECT search_phrase FROM :t WHERE search_phrase <> ''
              ORDER BY event_time, search_phrase LIMIT 10`,
    },
    {
      name: 'url_lengths',
      sql: `SELECT counter_id, avg(length(url)) AS mean, count(*) AS n FROM :t
              WHERE url <> '' GROUP BY counter_id HAVING count(*) > 1000
              ORDER BY mean DESC, counter_id LIMIT 25`,
    },
    {
      name: 'referers_by_host',
      sql: `SELECT regexp_replace(referer, '^https?://(?:www\\.)?([^/]+)/.*$', '\\1') AS host,
              avg(length(referer)) AS mean, count(*) AS n, min(referer) FROM :t
              WHERE referer <> '' GROUP BY 1 HAVING count(*) > 1000
              ORDER BY mean DESC, host LIMIT 25`,
    },
    {
      name: 'wide_sums',
      sql: `SELECT ${Array.from({ length: 90 }, (_, i) => `sum(window_width + ${i})`).join(', ')}
              FROM :t`,
    },
    {
      name: 'hits_by_address',
      sql: `SELECT search_engine, client_ip, count(*) AS n, sum(is_refresh),
              avg(window_width) FROM :t WHERE search_phrase <> ''
              GROUP BY search_engine, client_ip
              ORDER BY n DESC, search_engine, client_ip LIMIT 10`,
    },
    {
      name: 'top_urls',
      sql: `SELECT url, count(*) AS n FROM :t
              GROUP BY url ORDER BY n DESC, url LIMIT 10`,
    },
    {
      name: 'addresses',
      sql: `SELECT client_ip, client_ip - 1, client_ip - 2, count(*) AS n FROM :t
              GROUP BY client_ip ORDER BY n DESC, client_ip LIMIT 10`,
    },
    {
      name: 'site_pages',
      sql: `SELECT url, count(*) AS views FROM :t
              WHERE counter_id = 170694 AND event_date >= '2013-07-01'
                AND event_date <= '2013-07-31' AND dont_count = 0
                AND is_refresh = 0
              GROUP BY url ORDER BY views DESC, url LIMIT 10`,
    },
    {
      name: 'site_sources',
      sql: `SELECT traffic_source, search_engine, adv_engine,
              CASE WHEN search_engine = 0 AND adv_engine = 0 THEN referer
                ELSE '' END AS source, url, count(*) AS views FROM :t
              WHERE counter_id = 170694 AND is_refresh = 0
              GROUP BY 1, 2, 3, 4, 5
              ORDER BY views DESC, 1, 2, 3, 4, 5 LIMIT 10 OFFSET 10`,
    },
    {
      name: 'site_windows',
      sql: `SELECT window_width, window_height, count(*) AS views FROM :t
              WHERE counter_id = 170694 AND is_refresh = 0 AND dont_count = 0
              GROUP BY window_width, window_height
              ORDER BY views DESC, window_width, window_height LIMIT 10`,
    },
    {
      name: 'site_minutes',
      sql: `SELECT date_trunc('minute', event_time) AS m, count(*) FROM :t
              WHERE counter_id = 170694 AND event_date >= '2013-07-01'
                AND event_date <= '2013-07-02' AND is_refresh = 0
              GROUP BY 1 ORDER BY 1 LIMIT 10`,
    },
    {
      name: 'mobile_brands',
      sql: `SELECT mobile_brand, count(DISTINCT user_id) AS users FROM :t
              WHERE mobile_brand <> '' GROUP BY mobile_brand
              ORDER BY users DESC, mobile_brand LIMIT 10`,
    },
    {
      name: 'phrases_by_users',
      sql: `SELECT search_phrase, count(DISTINCT user_id) AS users FROM :t
              WHERE search_phrase <> '' GROUP BY search_phrase
              ORDER BY users DESC, search_phrase LIMIT 10`,
    },
    {
      name: 'users_phrases',
      sql: `SELECT user_id, search_phrase, count(*) AS n FROM :t
              GROUP BY user_id, search_phrase
              ORDER BY n DESC, user_id, search_phrase LIMIT 10`,
    },
    {
      name: 'first_users_phrases',
      sql: `SELECT user_id, search_phrase, count(*) FROM :t
              GROUP BY user_id, search_phrase ORDER BY user_id, search_phrase LIMIT 10`,
    },
    {
      name: 'phrases_of_titles',
      sql: `SELECT search_phrase, min(url), min(title), count(*) AS n,
              count(DISTINCT user_id) FROM :t
              WHERE title LIKE '%ing%' AND url NOT LIKE '%.ru/%'
                AND search_phrase <> ''
              GROUP BY search_phrase ORDER BY n DESC, search_phrase LIMIT 10`,
    },
    {
      name: 'whole_rows',
      sql: `SELECT * FROM :t WHERE url LIKE '%item%'
              ORDER BY event_time, hit_id LIMIT 10`,
    },
    {
      name: 'sorted_phrases',
      sql: `SELECT search_phrase FROM :t WHERE search_phrase <> ''
              ORDER BY search_phrase LIMIT 10`,
    },
    {
      name: 'hits_of_phrases',
      sql: `SELECT hit_id, client_ip, count(*) AS n, sum(is_refresh),
              avg(window_width) FROM :t WHERE search_phrase <> ''
              GROUP BY hit_id, client_ip ORDER BY n DESC, hit_id, client_ip LIMIT 10`,
    },
    {
      name: 'hits',
      sql: `SELECT hit_id, client_ip, count(*) AS n, sum(is_refresh),
              avg(window_width) FROM :t
              GROUP BY hit_id, client_ip ORDER BY n DESC, hit_id, client_ip LIMIT 10`,
    },
    {
      name: 'top_urls_constant',
      sql: `SELECT 1, url, count(*) AS n FROM :t
              GROUP BY 1, url ORDER BY n DESC, url LIMIT 10`,
    },
    {
      name: 'site_titles',
      sql: `SELECT title, count(*) AS views FROM :t
              WHERE counter_id = 170694 AND event_date >= '2013-07-01'
                AND event_date <= '2013-07-31' AND dont_count = 0
                AND is_refresh = 0 AND title <> ''
              GROUP BY title ORDER BY views DESC, title LIMIT 10`,
    },
    {
      name: 'site_links',
      sql: `SELECT url, count(*) AS views FROM :t
              WHERE counter_id = 170694 AND is_refresh = 0 AND is_link <> 0
                AND is_download = 0
              GROUP BY url ORDER BY views DESC, url LIMIT 10 OFFSET 100`,
    },
    {
      name: 'site_addresses',
      sql: `SELECT url_hash, event_date, count(*) AS views FROM :t
              WHERE counter_id = 170694 AND is_refresh = 0
                AND traffic_source IN (-1, 2)
                AND referer_hash <> 0
              GROUP BY url_hash, event_date
              ORDER BY views DESC, url_hash, event_date LIMIT 10 OFFSET 10`,
    },
  ],
};
