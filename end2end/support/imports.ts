import type { Page } from '@playwright/test';
import { expect } from './test';

/** Chooses a file in the dialog and sends it. */
export async function send(page: Page, name: string, content: string | Buffer): Promise<void> {
  const form = page.getByTestId('import');
  await form.getByLabel('File', { exact: true }).setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
  await form.getByRole('button', { name: 'Look at it' }).click();
}

/** Looks at a file and takes it in. */
export async function take(page: Page, content: string): Promise<void> {
  await page.getByRole('link', { name: 'Import trades' }).click();
  await send(page, 'trades.csv', content);
  await page.getByTestId('import-report').getByRole('button', { name: /^Import \d+ rows?$/ }).click();
  await expect(page.getByRole('status').filter({ hasText: 'went into your portfolio' })).toBeVisible();
}
