import { join, test } from '../support/people';
import { expect, expectAccessible, keep, open } from '../support/test';

test('on whatever page one is, news comes up at once, and every tab counts it', async ({ page, context }) => {
  test.slow();
  await join(page, '/alerts?new=portfolio');
  const form = page.getByTestId('add-alert');
  await form.getByLabel('Value').fill('500');
  await form.getByRole('button', { name: 'Set alert' }).click();
  await expect(async () => {
    await open(page, '/alerts');
    await expect(page.getByTestId('alerts')).toContainText('Waits for it', { timeout: 500 });
  }).toPass();
  await open(page, '/markets');
  await expect(page.getByTestId('bell')).toHaveText('');
  await expect(page.getByRole('link', { name: 'Notifications', exact: true })).toBeVisible();
  const other = await context.newPage();
  await open(other, '/wallet');
  const deposit = other.getByTestId('deposit');
  await deposit.getByLabel('Asset').selectOption('USD');
  await deposit.getByLabel('Amount').fill('600');
  await deposit.getByRole('button', { name: 'Deposit' }).click();
  for (const tab of [page, other]) {
    await expect(tab.locator('.toast')).toContainText('Your portfolio has risen to $500.00');
    await expect(tab.getByTestId('bell')).toHaveText('1');
  }
  await expectAccessible(page);
  await keep(page, 'bell');
  // What was told before is told by no message again.
  await open(page, '/markets');
  await expect(page.getByTestId('bell')).toHaveText('1');
  await page.getByRole('link', { name: 'Notifications 1' }).click();
  await expect(page.getByTestId('notifications')).toContainText('It is worth $600.00 now.');
  await expect(page.locator('.toast')).toHaveCount(0);
  await page.getByRole('button', { name: 'Mark all as read' }).click();
  for (const tab of [page, other]) {
    await expect(tab.getByTestId('bell')).toHaveText('');
  }
});

test('what one was told reads well, on a phone, too', async ({ page }) => {
  await join(page, '/notifications');
  await expect(page.getByText('Nothing yet.')).toBeVisible();
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    await expectAccessible(page);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await keep(page, `notifications-${width}`);
  }
});
