import type { Page } from '@playwright/test';
import { address, logOut, password, register, signIn, test, tokens } from '../support/people';
import { expect, expectAccessible, keep, open, unusedPreload } from '../support/test';

for (const javaScriptEnabled of [true, false]) {
  const scripts = javaScriptEnabled ? 'with scripts' : 'without scripts';
  test.describe(scripts, () => {
    test.use({ javaScriptEnabled });
    test.beforeEach(({ expectConsole }) => {
      if (!javaScriptEnabled) expectConsole(unusedPreload);
    });
    const go = async (page: Page, path: string): Promise<void> => {
      if (javaScriptEnabled) await open(page, path);
      else await page.goto(path);
    };

    test('register, sign out, sign in, and back to where one came from', async ({ page, context }) => {
      const email = address();
      await go(page, '/auth/register?next=/coins/bitcoin');
      await register(page, email, '/coins/bitcoin');
      expect(await tokens(context)).toEqual(['access_token', 'refresh_token']);
      await logOut(page);
      expect(await tokens(context)).toEqual([]);
      await go(page, '/settings');
      await expect(page).toHaveURL('/auth?next=/settings');
      await signIn(page, email);
      await expect(page).toHaveURL('/settings');
      await expect(page.locator('h1')).toHaveText('Settings');
      // Who is in already has nothing to do there.
      await page.goto('/auth?next=/coins/bitcoin');
      await expect(page).toHaveURL('/coins/bitcoin');
    });

    test('what is wrong stands beside its field, and what was typed stays', async ({ page, expectConsole }) => {
      expectConsole(/status of 4(01|22)/);
      await go(page, '/auth/register');
      await page.getByLabel('Name').fill('Ann');
      await page.getByLabel('E-mail address').fill('ann@localhost..example');
      await page.getByLabel('E-mail address').evaluate((field) => field.setAttribute('type', 'text'));
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Create account' }).click();
      const email = page.getByLabel('E-mail address');
      await expect(email).toHaveAttribute('aria-invalid', 'true');
      await expect(email).toHaveAccessibleDescription(/Must be an e-mail address/);
      await expect(email).toBeFocused();
      await expect(email).toHaveValue('ann@localhost..example');
      await expect(page.getByLabel('Name')).toHaveValue('Ann');
      await keep(page, `register-wrong-${javaScriptEnabled ? 'js' : 'plain'}`);
      await go(page, '/auth');
      await signIn(page, 'nobody@example.com', 'something else entirely');
      await expect(page.getByTestId('login').getByRole('alert')).toContainText('address or the password is wrong');
      await expect(page.getByLabel('E-mail address')).toHaveValue('nobody@example.com');
      await expect(page.getByLabel('Password')).toHaveValue(javaScriptEnabled ? 'something else entirely' : '');
    });
  });
}

for (const viewport of [{ width: 360, height: 740 }, { width: 1280, height: 800 }]) {
  for (const path of ['/auth', '/auth/register', '/auth/forgot', '/auth/reset?token=x', '/auth/verify?token=x', '/auth/second-factor']) {
    test(`${path} can be used by everybody, ${viewport.width} wide`, async ({ page }) => {
      await page.setViewportSize(viewport);
      await open(page, path);
      await expectAccessible(page);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(sideways, 'horizontal scrolling').toBeLessThanOrEqual(0);
      await keep(page, `${path.slice(1).replace(/\W+/g, '-')}-${viewport.width}`);
    });
  }
}
