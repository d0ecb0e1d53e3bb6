// tpch.mjs - the tables of TPC-H at scale factor SCALE, made by generate/tpch.c after
// the distributions of the specification (lineitem: about 6 million times SCALE
// rows), and queries of its in our words.
import { generate } from '../lib/generate.mjs';

const money = 'numeric(15,2) NOT NULL';
const tables = {
  region: `r_regionkey integer NOT NULL, r_name char(25) NOT NULL,
    r_comment varchar(152) NOT NULL`,
  nation: `n_nationkey integer NOT NULL, n_name char(25) NOT NULL,
    n_regionkey integer NOT NULL, n_comment varchar(152) NOT NULL`,
  supplier: `s_suppkey integer NOT NULL, s_name char(25) NOT NULL,
    s_address varchar(40) NOT NULL, s_nationkey integer NOT NULL,
    s_phone char(15) NOT NULL, s_acctbal ${money}, s_comment varchar(101) NOT NULL`,
  customer: `c_custkey integer NOT NULL, c_name varchar(25) NOT NULL,
    c_address varchar(40) NOT NULL, c_nationkey integer NOT NULL,
    c_phone char(15) NOT NULL, c_acctbal ${money}, c_mktsegment char(10) NOT NULL,
    c_comment varchar(117) NOT NULL`,
  part: `p_partkey integer NOT NULL, p_name varchar(55) NOT NULL,
    p_mfgr char(25) NOT NULL, p_brand char(10) NOT NULL, p_type varchar(25) NOT NULL,
    p_size integer NOT NULL, p_container char(10) NOT NULL, p_retailprice ${money},
    p_comment varchar(23) NOT NULL`,
  partsupp: `ps_partkey integer NOT NULL, ps_suppkey integer NOT NULL,
    ps_availqty integer NOT NULL, ps_supplycost ${money}, ps_comment varchar(199) NOT NULL`,
  orders: `o_orderkey bigint NOT NULL, o_custkey integer NOT NULL,
    o_orderstatus char(1) NOT NULL, o_totalprice ${money}, o_orderdate date NOT NULL,
    o_orderpriority char(15) NOT NULL, o_clerk char(15) NOT NULL,
    o_shippriority integer NOT NULL, o_comment varchar(79) NOT NULL`,
  lineitem: `l_orderkey bigint NOT NULL, l_partkey integer NOT NULL,
    l_suppkey integer NOT NULL, l_linenumber integer NOT NULL, l_quantity ${money},
    l_extendedprice ${money}, l_discount ${money}, l_tax ${money},
    l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL,
    l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL,
    l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL,
    l_comment varchar(44) NOT NULL`,
};

const table = (name) => ({
  name,
  columns: tables[name],
  csv: ({ folder, scale }) =>
    generate(folder, `${name}-${scale}`, 'tpch', [name, scale], tables[name]),
});

export default {
  ...table('lineitem'),
  name: 'tpch',
  others: Object.keys(tables).filter((name) => name !== 'lineitem').map(table),
  queries: [
    { name: 'count', sql: 'SELECT count(*) FROM :t' },
    {
      name: 'q1_pricing',
      sql: `SELECT l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice),
              sum(l_extendedprice * (1 - l_discount)),
              sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)),
              avg(l_quantity), avg(l_extendedprice), avg(l_discount), count(*)
              FROM :t WHERE l_shipdate <= date '1998-12-01' - interval '90 days'
              GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus`,
    },
    {
      name: 'q3_shipping',
      sql: `SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue,
              o_orderdate, o_shippriority FROM :customer, :orders, :t
              WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey
                AND l_orderkey = o_orderkey AND o_orderdate < date '1995-03-15'
                AND l_shipdate > date '1995-03-15'
              GROUP BY l_orderkey, o_orderdate, o_shippriority
              ORDER BY revenue DESC, o_orderdate, l_orderkey LIMIT 10`,
    },
    {
      name: 'q5_local_suppliers',
      sql: `SELECT n_name::text, sum(l_extendedprice * (1 - l_discount)) AS revenue
              FROM :customer, :orders, :t, :supplier, :nation, :region
              WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey
                AND l_suppkey = s_suppkey AND c_nationkey = s_nationkey
                AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey
                AND r_name = 'ASIA' AND o_orderdate >= date '1994-01-01'
                AND o_orderdate < date '1995-01-01'
              GROUP BY n_name ORDER BY revenue DESC`,
    },
    {
      name: 'q6_forecast',
      sql: `SELECT sum(l_extendedprice * l_discount) FROM :t
              WHERE l_shipdate >= date '1994-01-01' AND l_shipdate < date '1995-01-01'
                AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24`,
    },
    {
      name: 'q12_ship_modes',
      sql: `SELECT l_shipmode::text,
              sum(CASE WHEN o_orderpriority IN ('1-URGENT', '2-HIGH') THEN 1 ELSE 0 END),
              sum(CASE WHEN o_orderpriority IN ('1-URGENT', '2-HIGH') THEN 0 ELSE 1 END)
              FROM :orders, :t WHERE o_orderkey = l_orderkey
                AND l_shipmode IN ('MAIL', 'SHIP') AND l_commitdate < l_receiptdate
                AND l_shipdate < l_commitdate AND l_receiptdate >= date '1994-01-01'
                AND l_receiptdate < date '1995-01-01'
              GROUP BY l_shipmode ORDER BY l_shipmode`,
    },
    {
      name: 'q14_promotion',
      sql: `SELECT 100.00 * sum(CASE WHEN p_type LIKE 'PROMO%'
                THEN l_extendedprice * (1 - l_discount) ELSE 0 END)
              / sum(l_extendedprice * (1 - l_discount)) FROM :t, :part
              WHERE l_partkey = p_partkey AND l_shipdate >= date '1995-09-01'
                AND l_shipdate < date '1995-10-01'`,
    },
    {
      name: 'comments',
      sql: `SELECT count(*) FROM :t WHERE l_comment LIKE '%special%requests%'`,
    },
  ],
};
