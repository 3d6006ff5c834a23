import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { browser, open, report, services, site, visit } from './harness.mjs'

let server, chrome, service
const paths = ['/', '/?q=co', '/?q=no-such-thing', '/map', '/incidents', '/methodology', '/scorecard', '/data', '/about', '/admin', '/no-such-page']

before(async () => {
  server = await site()
  chrome = await browser()
  const [first, second] = await services(server.base)
  service = first
  paths.push(`/services/${first.slug}`, `/services/${second.slug}`, `/map?service=${first.slug}`, `/embed/${first.slug}`)
  const answer = await (await report(server.base, { service: first.slug })).json()
  paths.push(new URL(answer.receipt_url, server.base).pathname)
  paths.push(await firstIncident())
})

// firstIncident waits for one: a simulation that has just begun has none yet.
async function firstIncident() {
  for (let patience = 90; patience > 0; patience--) {
    const page = await (await fetch(`${server.base}/incidents`)).text()
    const found = /href="(\/incidents\/[^"?]+)"/.exec(page)
    if (found) return found[1]
    await new Promise((done) => setTimeout(done, 2000))
  }
  throw new Error('the server shows no incident: run the tests against `outcry demo`')
}

after(async () => {
  await chrome?.close()
  await server?.stop()
})

for (const colorScheme of ['light', 'dark']) {
  test(`no page has an accessibility violation, ${colorScheme}`, async (t) => {
    const context = await chrome.newContext({ colorScheme, viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' })
    t.after(() => context.close())
    const page = await context.newPage() // for all: to check the first takes a browser three times as long
    for (const path of paths) {
      await t.test(path, async () => {
        await page.goto(server.base + path, { waitUntil: 'load' })
        for (const fold of await page.locator('main summary').all()) await fold.click()
        const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
        assert.deepEqual(violations.map((v) => `${v.id}: ${v.help}: ${v.nodes[0]?.html}`), [])
      })
    }
  })
}

for (const width of [320, 390, 1280]) {
  test(`no page is wider than ${width} px, complains, or asks another host`, async (t) => {
    const context = await chrome.newContext({ viewport: { width, height: 800 } })
    t.after(() => context.close())
    const { page, complaints } = await open(context, server.base)
    for (const path of paths) {
      await t.test(path, async () => {
        complaints.length = 0
        const status = (await page.goto(server.base + path, { waitUntil: 'load' })).status()
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        assert.equal(over, 0, `${over} px too wide`)
        assert.equal(status, path === '/no-such-page' ? 404 : 200)
        // A browser logs the page's own 404 as an error, and that one is meant.
        assert.deepEqual(complaints.filter((c) => status !== 404 || !c.includes('404')), [])
      })
    }
  })
}

test('every page is complete without script', async (t) => {
  const context = await chrome.newContext({ javaScriptEnabled: false })
  t.after(() => context.close())
  const page = await context.newPage()
  for (const path of paths) {
    await page.goto(server.base + path, { waitUntil: 'load' })
    assert.equal(await page.locator('h1').count(), 1, path)
    assert.equal(await page.locator('noscript').count(), 0, path)
  }
})

test('the link to report comes first, and the answers are seen before scrolling', async (t) => {
  const context = await chrome.newContext({ viewport: { width: 390, height: 844 } })
  t.after(() => context.close())
  const { page } = await visit(context, server.base, `/services/${service.slug}`)
  await page.keyboard.press('Tab')
  assert.match(await page.evaluate(() => document.activeElement.textContent), /I have a problem/)
  const box = await page.getByRole('button', { name: 'I have a problem' }).boundingBox()
  assert.ok(box && box.y + box.height <= 844, `the button ends at ${box?.y} px`)
})

test('typing narrows the list of services, Enter opens the only one', async (t) => {
  const context = await chrome.newContext()
  t.after(() => context.close())
  const { page } = await visit(context, server.base, '/')
  await page.getByRole('searchbox').fill(service.name)
  assert.deepEqual(await page.locator('[data-name]:visible .name').allTextContents(), [service.name])
  assert.equal(await page.locator('[data-aside]:visible').count(), 0)
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/services/${service.slug}`)
})
