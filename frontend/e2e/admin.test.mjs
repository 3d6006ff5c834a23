import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { browser, report, services, site, visit } from './harness.mjs'

let server, chrome, service

before(async () => {
  server = await site()
  if (!server.token) throw new Error('set OUTCRY_ADMIN_TOKEN to the token of the server at OUTCRY_URL')
  chrome = await browser()
  service = (await services(server.base))[1]
})

after(async () => {
  await chrome?.close()
  await server?.stop()
})

// signIn opens the page and shows the token, without script.
async function signIn(context, token) {
  const { page } = await visit(context, server.base, '/admin')
  await page.getByLabel("The operator's token").fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  return page
}

// comment is an entry of the list, by its text.
const comment = (page, text) => page.locator('.pending li', { hasText: text })

test('a comment is read by a moderator first, without script', async (t) => {
  const mark = crypto.randomUUID()
  const good = `<b>black</b> screen https://example.org/ ${mark}`
  const bad = `buy my things ${mark}`
  for (const text of [good, bad]) {
    assert.equal((await report(server.base, { service: service.slug, comment: text })).status, 201)
  }
  const context = await chrome.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 800 } })
  t.after(() => context.close())
  const shown = async () => {
    const { page } = await visit(context, server.base, `/services/${service.slug}`)
    const said = await page.locator('.said li').allTextContents()
    const links = await page.locator('.said a').count()
    await page.close()
    return { text: said.filter((one) => one.includes(mark)).join('\n'), links }
  }
  assert.equal((await shown()).text, '', 'public before anybody has read it')

  const page = await signIn(context, server.token)
  assert.equal(new URL(page.url()).pathname, '/admin')
  const [cookie] = await context.cookies()
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, 'Strict', '/'])
  assert.ok(!cookie.value.includes(server.token))
  await comment(page, good).getByRole('button', { name: 'Publish' }).click()
  assert.match(await page.getByRole('status').first().textContent(), /Published/)
  await comment(page, bad).getByRole('button', { name: 'Reject' }).click()
  assert.equal(await comment(page, mark).count(), 0)

  const after = await shown()
  assert.match(after.text, /<b>black<\/b> screen https:/)
  assert.ok(!after.text.includes('buy my things'))
  assert.equal(after.links, 0, 'what people wrote is no link')

  await page.getByRole('link', { name: 'Those that are public' }).click()
  await comment(page, good).getByRole('button', { name: 'Take down' }).click()
  assert.equal((await shown()).text, '')
  await page.getByRole('button', { name: 'Sign out' }).click()
  assert.equal(await page.getByRole('button', { name: 'Sign in' }).count(), 1)
})

test('a wrong token opens nothing', async (t) => {
  const context = await chrome.newContext()
  t.after(() => context.close())
  const page = await signIn(context, 'x'.repeat(32))
  assert.match(await page.getByRole('alert').textContent(), /not the token/)
  assert.deepEqual(await context.cookies(), [])
})

for (const colorScheme of ['light', 'dark']) {
  test(`moderation has no accessibility violation and fits a small phone, ${colorScheme}`, async (t) => {
    await report(server.base, { service: service.slug, comment: `${'long'.repeat(60)} ${crypto.randomUUID()}` })
    const context = await chrome.newContext({ colorScheme, viewport: { width: 320, height: 800 } })
    t.after(() => context.close())
    const page = await signIn(context, server.token)
    assert.ok(await page.locator('.pending li').count() > 0)
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
    assert.deepEqual(violations.map((v) => `${v.id}: ${v.help}: ${v.nodes[0]?.html}`), [])
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0)
  })
}
