import { type BrowserContext, expect } from '@playwright/test';

/** The link in the newest mail to somebody that leads to `path`, as an address of this site. */
export async function linkTo(context: BrowserContext, email: string, path: string, before = ''): Promise<string> {
  const page = await context.newPage();
  let link = '';
  // Mails are sent after the answer was given.
  await expect(async () => {
    await page.goto('/dev/mailbox');
    const mails = page.getByRole('listitem').filter({ hasText: email }).getByRole('link');
    const addresses = await mails.evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''));
    for (const address of addresses) {
      await page.goto(address);
      const found = page.locator(`.mail a[href*="${path}?token="]`);
      if (await found.count() === 0) continue;
      const url = new URL(await found.first().getAttribute('href') ?? '');
      link = url.pathname + url.search;
      break;
    }
    expect(link, `a mail with a link to ${path}`).not.toBe('');
    expect(link, 'a new link').not.toBe(before);
  }).toPass();
  await page.close();
  return link;
}

/** The newest text message to a number. */
export async function textTo(context: BrowserContext, phone: string): Promise<string> {
  const page = await context.newPage();
  const messages = page.getByRole('listitem').filter({ hasText: phone }).getByRole('link');
  // Messages are sent after the answer was given.
  await expect(async () => {
    await page.goto('/dev/mailbox');
    await expect(messages.first()).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.goto(await messages.first().getAttribute('href') ?? '');
  const text = await page.locator('.mail').innerText();
  await page.close();
  return text;
}
