import type { Page, TestType } from '@playwright/test';
import { open, unusedPreload } from './test';

/** What every test of ours may use. */
interface Given {
  javaScriptEnabled: boolean;
  expectConsole(pattern: RegExp): void;
}

/** How a test comes to a page. */
export type Go = (page: Page, path: string) => Promise<void>;

/** Declares tests twice: for a browser that runs scripts, and for one that does not. */
export function bothWays<Args extends Given, Worker extends object>(
  test: TestType<Args, Worker>,
  declare: (go: Go, javaScriptEnabled: boolean) => void,
): void {
  for (const javaScriptEnabled of [true, false]) {
    test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
      test.use({ javaScriptEnabled } as Parameters<typeof test.use>[0]);
      test.beforeEach(({ expectConsole }) => {
        if (!javaScriptEnabled) expectConsole(unusedPreload);
      });
      declare(javaScriptEnabled ? open : async (page, path) => { await page.goto(path); }, javaScriptEnabled);
    });
  }
}
