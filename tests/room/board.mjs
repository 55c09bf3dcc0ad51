// The board as people see it: on a phone and on a projector, light and dark, with hostile names in it, by keyboard, live,
// without its script, and when the room goes away. Usage: node board.mjs JOIN-LINE REDIS-PORT SCREENSHOTS
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";
import { chromium } from "playwright-core";

const [line, redisPort, shots] = process.argv.slice(2);
const base = line.split("/#")[0];
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PLACES = { phone: { width: 390, height: 844 }, projector: { width: 1920, height: 1080 } };

// One call of the room's function, as a guest with raw Redis.
function room(...words) {
  const password = line.split(",")[3];
  const raw = (list) => `*${list.length}\r\n` + list.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("");
  return new Promise((done, failed) => {
    const connection = net.connect(Number(redisPort), "127.0.0.1");
    let answer = "";
    connection.on("data", (part) => {
      answer += part;
      const json = /^\+OK\r\n\$\d+\r\n(.*)\r\n$/s.exec(answer);
      if (json || answer.includes("-")) {
        connection.end();
        const said = json && JSON.parse(json[1]);
        said?.ok ? done(said) : failed(new Error(answer));
      }
    });
    connection.on("error", failed);
    connection.write(raw(["AUTH", "guest", password]) + raw(["FCALL", "sprint_room", "0", ...words]));
  });
}

const HOSTILE = [
  "<img src=x onerror=window.pwned=1>",
  "<script>window.pwned=1</script>",
  "\"'><b onmouseover=pwned=1 autofocus>",
  "\u202egnihton\u2066",
  "W".repeat(96),
  "&lt;i&gt; {{7*7}} ${7*7}",
];

async function people() {
  const token = (digit) => digit.repeat(32);
  for (const [at, name] of HOSTILE.entries()) {
    await room("report", name, token(String(at)), "built", "98", "0", "0");
    await room("take", name, token(String(at)), `T${String(at + 1).padStart(2, "0")}`);
  }
  for (const [name, digit] of [["ana", "a"], ["李雷", "b"], ["Zoë", "c"], ["עדה", "d"]]) {
    await room("report", name, token(digit), "restored", "3", "81", "54000000");
  }
  await room("take", "ana", token("a"), "T09");
  await room("take", "ana", token("a"), "T10");
  await room("done", "ana", token("a"), "T10");
}

let checks = 0;
function ok(what) {
  checks += 1;
  console.log(`ok    ${what}`);
}

const browser = await chromium.launch({
  executablePath: ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync),
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

// A page that notes whatever should not happen.
async function open(options, address = base + "/") {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("dialog", (dialog) => trouble.push(dialog.message()));
  page.on("request", (request) => request.url().startsWith(base + "/") || trouble.push(request.url()));
  await page.goto(address);
  await page.waitForSelector("#board");
  return { page, trouble, context };
}

async function inert(page) {
  const seen = await page.evaluate(() => ({
    pwned: window.pwned,
    images: document.images.length,
    scripts: document.scripts.length,
    bold: [...document.querySelectorAll(".by b, .by i, .by script, tbody b, tbody i")].length,
    handlers: document.querySelectorAll("[onerror], [onmouseover], [style]").length,
  }));
  assert.deepEqual(seen, { pwned: undefined, images: 0, scripts: 1, bold: 0, handlers: 0 });
}

// What every size and colour must hold.
async function looksRight(name, size, scheme) {
  const { page, trouble, context } = await open({ viewport: size, colorScheme: scheme, reducedMotion: "reduce" });
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(widths[0] <= widths[1], `${name} ${scheme} scrolls sideways: ${widths}`);
  for (const text of ["<img src=x onerror=windo", "<script>window.pwned=1</", "ana", "李雷"]) {
    assert.ok((await page.locator("main").innerText()).includes(text), `${name}: ${text} is not shown`);
  }
  await inert(page);
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  const faults = result.violations.map((fault) => `${fault.id}: ${fault.nodes.map((node) => node.html).join(" | ")}`);
  assert.deepEqual(faults, [], `${name} ${scheme}`);
  const contrast = result.passes.find((rule) => rule.id === "color-contrast");
  assert.ok(contrast && contrast.nodes.length > 50, "contrast was computed for next to nothing");
  const unsure = result.incomplete.filter((rule) => rule.id === "color-contrast").flatMap((rule) => rule.nodes);
  assert.deepEqual(unsure.map((node) => node.html), [], "contrast that could not be computed");
  await page.screenshot({ path: path.join(shots, `board-${name}-${scheme}.png`), fullPage: name === "phone" });
  if (name === "phone") {
    const small = await page.evaluate(() => [...document.querySelectorAll("button:not([hidden]), label")]
      .filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 24).map((node) => node.outerHTML));
    assert.deepEqual(small, [], "too small for a finger");
  } else {
    // From the last row: nothing smaller than this.
    const sizes = await page.evaluate(() => [...document.querySelectorAll("main p, main td, main li")]
      .map((node) => parseFloat(getComputedStyle(node).fontSize)));
    assert.ok(Math.min(...sizes) >= 15, `${Math.min(...sizes)} px on a projector`);
  }
  assert.deepEqual(trouble, []);
  await context.close();
  ok(`${name}, ${scheme}: no sideways scroll (${widths[0]} of ${widths[1]} px), ${contrast.nodes.length} contrasts AA, axe finds nothing, hostile names inert`);
}

async function live() {
  const { page, trouble, context } = await open({ viewport: PLACES.projector });
  await page.locator("input[value=free]").focus();
  const before = await page.evaluate(() => performance.getEntriesByType("navigation").length);
  const begin = Date.now();
  await room("take", "Zoë", "c".repeat(32), "T11");
  await page.waitForSelector("#taken #task-T11", { timeout: 5000 });
  const spent = Date.now() - begin;
  assert.equal(await page.locator("#said").textContent(), "Zoë took T11");
  assert.equal(await page.locator("#free #task-T11").count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.value), "free", "the focus was lost");
  assert.equal(await page.evaluate(() => performance.getEntriesByType("navigation").length), before);
  await room("drop", "Zoë", "c".repeat(32), "T11");
  await page.waitForSelector("#free #task-T11", { timeout: 5000, state: "attached" });
  assert.equal(await page.locator("#said").textContent(), "T11 is free again");
  // A hostile name that arrives while the page is open.
  await room("take", "<img src=x onerror=window.pwned=2>", "f".repeat(32), "T11");
  await page.waitForSelector("#taken #task-T11", { timeout: 5000 });
  await inert(page);
  assert.deepEqual(trouble, []);
  // The order of the cards is the list's, however they came and went.
  await room("drop", "<img src=x onerror=window.pwned=2>", "f".repeat(32), "T11");
  await page.waitForSelector("#free #task-T11", { timeout: 5000, state: "attached" });
  const ids = await page.evaluate(() => [...document.querySelectorAll("#free .card")].map((card) => card.id));
  assert.deepEqual(ids, [...ids].sort());
  // The network goes and comes back.
  await context.setOffline(true);
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await context.setOffline(false);
  await context.close();
  ok(`a claim is on the board ${spent} ms later; focus stays, a screen reader hears who took what`);
}

async function keyboard() {
  const { page, trouble, context } = await open({ viewport: PLACES.projector, colorScheme: "light" }, line);
  const where = () => page.evaluate(() => {
    const node = document.activeElement;
    const style = getComputedStyle(node);
    const box = node.getBoundingClientRect();
    return { name: node.id || node.value || node.className, seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
      inside: box.left >= 0 && box.width > 0 };
  });
  const walked = [];
  for (let step = 0; step < 12; step += 1) {
    await page.keyboard.press("Tab");
    const now = await where();
    if (now.name === "" || walked.includes(now.name)) break;
    assert.ok(now.seen && now.inside, `focus is not seen on ${JSON.stringify(now)}`);
    walked.push(now.name);
  }
  assert.deepEqual(walked, ["skip", "all", "theme", "copy", "scroll"]);
  // A radio group is one stop; arrows choose in it.
  await page.locator("input[value=all]").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator("#taken").isVisible(), false, "only free tasks were wanted");
  await page.keyboard.press("ArrowRight");
  const long = await page.evaluate(() => [...document.querySelectorAll("#free .card:not([hidden]) .facts")].map((node) => node.textContent)
    .filter((text) => /after|[2-9](\.5)? h|1\.5 h|90 min/.test(text)));
  assert.deepEqual(long, [], "longer than an hour");
  assert.ok(await page.locator("#free .card:visible").count() >= 3);
  await page.keyboard.press("ArrowRight");
  await page.locator("#theme").focus();
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.keyboard.press("Enter");
  assert.notEqual(await ground(), light);
  await page.reload();
  assert.notEqual(await ground(), light, "light or dark is remembered");
  // The first Tab, then Enter: past everything, into the board.
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "board");
  assert.deepEqual(trouble, []);
  await context.close();
  ok(`by keyboard: ${walked.join(", ")}; each is seen when it has the focus`);
}

async function joinLine() {
  const { page, trouble, context } = await open({ viewport: PLACES.phone }, line);
  assert.equal(await page.locator("#join-line").textContent(), `just room join '${line}'`);
  await page.locator("#copy").click();
  assert.match(await page.locator("#said").textContent(), /Copied|Selected/);
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(widths[0] <= widths[1], `the join line scrolls sideways: ${widths}`);
  await page.screenshot({ path: path.join(shots, "board-phone-join.png") });
  for (const hash of ["#1,<img src=x onerror=pwned=1>", "#javascript:pwned=1", "#1,';id;'", "#1,%3Cscript%3E"]) {
    await page.goto("about:blank");
    await page.goto(base + "/" + hash);
    assert.equal(await page.locator("#join").isVisible(), false, hash);
    await inert(page);
  }
  assert.deepEqual(trouble, []);
  await context.close();
  ok("the QR code's address shows the line to type, and nothing else that somebody puts there");
}

async function withoutScript() {
  const { page, context } = await open({ viewport: PLACES.phone, javaScriptEnabled: false });
  const text = await page.locator("main").innerText();
  assert.ok(text.includes("T09") && text.includes("ana"), text);
  assert.equal(await page.locator("#tools").isVisible(), false, "a control that can do nothing is shown");
  await context.close();
  ok("without its script the page is whole");
}

try {
  await people();
  // The board looks twice a second.
  await new Promise((done) => setTimeout(done, 1200));
  for (const [name, size] of Object.entries(PLACES)) {
    for (const scheme of ["light", "dark"]) await looksRight(name, size, scheme);
  }
  await live();
  await keyboard();
  await joinLine();
  await withoutScript();
  assert.equal(checks, 8);
} finally {
  await browser.close();
}
