import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { browser, services, site, visit } from './harness.mjs'

let server, chrome, service

before(async () => {
  server = await site()
  ;[service] = await services(server.base)
  chrome = await browser()
})

after(async () => {
  await chrome?.close()
  await server?.stop()
})

// open gives the service's page to a new visitor: another device, nothing in storage.
async function open(t, options = {}) {
  const context = await chrome.newContext({ viewport: { width: 390, height: 844 }, ...options })
  t.after(() => context.close())
  return visit(context, server.base, `/services/${service.slug}`)
}

test('a report without script is thanked for, with a receipt', async (t) => {
  const { page } = await open(t, { javaScriptEnabled: false })
  await page.getByRole('radio').nth(1).check()
  await page.getByRole('button', { name: 'I have a problem' }).click()
  await page.getByRole('heading', { name: 'Thank you' }).waitFor()
  assert.equal(new URL(page.url()).pathname, `/services/${service.slug}`)
  await page.getByRole('link', { name: 'Your receipt' }).click()
  await page.getByRole('heading', { name: `Trouble with ${service.name}` }).waitFor()
})

test('“works for me” without script', async (t) => {
  const { page } = await open(t, { javaScriptEnabled: false })
  await page.getByRole('button', { name: 'Works for me' }).click()
  await page.getByRole('heading', { name: 'Thank you' }).waitFor()
})

test('a report with script stays on the page, gives a receipt and can be taken back', async (t) => {
  const { page, complaints } = await open(t)
  assert.equal(await page.evaluate(() => localStorage.length), 0, 'reading leaves nothing in storage')
  const posted = page.waitForRequest('**/api/v1/reports')
  await page.getByRole('radio').nth(2).check()
  await page.getByText('Add a few words').click()
  await page.getByRole('textbox').fill('White page after login')
  await page.getByRole('button', { name: 'I have a problem' }).click()
  const body = (await posted).postDataJSON()
  assert.equal(body.service, service.slug)
  assert.equal(body.kind, 'down')
  assert.equal(body.comment, 'White page after login')
  assert.match(body.id, /^[0-9a-f-]{36}$/)
  assert.equal(body.device, await page.evaluate(() => localStorage.getItem('outcry-device')))
  await page.getByRole('heading', { name: 'Thank you' }).waitFor()
  assert.equal(await page.locator('.thanks [data-reason]').count(), 1)
  assert.match(await page.getByRole('link', { name: 'Your receipt' }).getAttribute('href'), /\/receipts\//)
  await page.getByRole('button', { name: 'Take it back' }).click()
  await page.getByText('Your report was taken back').waitFor()
  assert.deepEqual(complaints, [])
})

test('a report survives a connection that fails, and is the same one', async (t) => {
  const { page } = await open(t)
  const ids = []
  await page.route('**/api/v1/reports', async (route) => {
    ids.push(route.request().postDataJSON().id)
    if (ids.length === 1) return route.abort('connectionreset')
    if (ids.length === 2) return route.fulfill({ status: 503, headers: { 'Retry-After': '1' } })
    return route.continue()
  })
  await page.getByRole('button', { name: 'I have a problem' }).click()
  await page.getByText('Trying again').waitFor()
  await page.getByRole('heading', { name: 'Thank you' }).waitFor({ timeout: 20_000 })
  assert.equal(ids.length, 3)
  assert.equal(new Set(ids).size, 1)
})

test('what the server refuses is said on the form', async (t) => {
  const { page } = await open(t)
  await page.route('**/api/v1/reports', (route) => route.fulfill({
    status: 422, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Unknown symptom', detail: 'No such symptom.' }),
  }))
  await page.getByRole('button', { name: 'I have a problem' }).click()
  await page.getByRole('alert').filter({ hasText: 'No such symptom.' }).waitFor()
  assert.ok(await page.getByRole('button', { name: 'I have a problem' }).isEnabled())
})

test('a report by keyboard alone', async (t) => {
  const { page } = await open(t)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter') // the link to the report
  await page.keyboard.press('Tab')
  const chosen = () => page.evaluate(() => document.querySelector('[name=symptom]:checked').value)
  const first = await chosen()
  await page.keyboard.press('ArrowDown')
  assert.notEqual(await chosen(), first)
  await page.keyboard.press('Tab') // the comment
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'I have a problem')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Thank you' }).waitFor()
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Thank you/)
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Your receipt')
})
