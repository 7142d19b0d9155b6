import { createHmac } from 'node:crypto';
import { join, test } from '../support/people';
import type { Desk } from '../support/server';
import { expect, keep } from '../support/test';
import { bothWays } from '../support/ways';

/** What a program is answered that signs with a key. */
async function askAsProgram(desk: Desk, key: string, secret: string): Promise<number> {
  const [timestamp, path] = [String(Math.floor(Date.now() / 1000)), '/api/auth/me'];
  const signature = createHmac('sha256', secret).update(`${timestamp}GET${path}`).digest('hex');
  const headers = { 'X-API-Key': key, 'X-Timestamp': timestamp, 'X-Signature': signature };
  return (await fetch(desk.url + path, { headers })).status;
}

test.use({ viewport: { width: 360, height: 640 } });

bothWays(test, (go, javaScriptEnabled) => {
  test('an API key is shown once, works for a program, and no more when it is deleted', async ({ page, desk, expectConsole }) => {
    expectConsole(/status of 422/);
    await join(page, '/settings/api-keys', go);
    await page.getByLabel('Name').fill('Bot');
    await page.getByRole('button', { name: 'Make key' }).click();
    await expect(page.getByText('Must name at least one')).toBeVisible();
    await expect(page.getByTestId('new-key').getByRole('alert')).toBeFocused();
    await expect(page.getByLabel('Name')).toHaveValue('Bot');
    await page.getByLabel('Read').check();
    await page.getByRole('button', { name: 'Make key' }).click();
    await expect(page.getByTestId('api-secret')).toHaveText(/^\S{43}$/);
    // The button was far below.
    await expect(page.getByRole('heading', { name: 'Your new key' })).toBeFocused();
    await expect(page.getByTestId('api-secret')).toBeInViewport();
    await expect(page.getByText('Its secret is shown only now')).toBeVisible();
    await keep(page, `api-key-${javaScriptEnabled ? 'js' : 'plain'}`);
    const secret = await page.getByTestId('api-secret').innerText();
    const keys = page.getByTestId('api-keys').getByRole('listitem');
    await expect(keys).toHaveCount(1);
    await expect(keys).toContainText('last used never');
    const id = await keys.locator('small').first().innerText();

    await go(page, '/settings/api-keys');
    await expect(page.getByTestId('api-secret')).toHaveCount(0);
    expect(await page.content()).not.toContain(secret);
    expect(await askAsProgram(desk, id, secret)).toBe(200);
    await go(page, '/settings/api-keys');
    await expect(keys).not.toContainText('last used never');

    await keys.getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'The key is deleted' })).toBeVisible();
    await expect(page.getByText('There are none yet')).toBeVisible();
    expect(await askAsProgram(desk, id, secret)).toBe(401);
  });

  test('a key that may withdraw has to say from where', async ({ page, expectConsole }) => {
    expectConsole(/status of 422/);
    await join(page, '/settings/api-keys', go);
    await page.getByLabel('Name').fill('Bot');
    await page.getByLabel('Withdraw').check();
    await page.getByRole('button', { name: 'Make key' }).click();
    const networks = page.getByLabel('Allowed addresses');
    await expect(networks).toHaveAccessibleDescription(/Is required for the scope withdraw/);
    await expect(networks).toBeFocused();
    await expect(page.getByLabel('Withdraw')).toBeChecked();
    await networks.fill('192.0.2.0/24');
    await page.getByRole('button', { name: 'Make key' }).click();
    await expect(page.getByTestId('api-keys').getByRole('listitem')).toContainText('withdraw');
  });
});
