import { patient } from '../support/people';
import { Desk, production } from '../support/server';
import { expect, leave, test } from '../support/test';

/** A mail server that nobody asks: nothing is sent in these tests. */
const mail = { SMTP_URL: 'smtp://localhost:9', MAIL_FROM: 'CryptoVault <vault@example.com>' };

for (const [name, settings] of Object.entries({ 'without a mail server': {}, 'with a mail server': { ...mail, REQUIRE_EMAIL_VERIFICATION: 'true' } })) {
  test(`the mailbox of developers is not there in production, ${name}`, async ({ page, expectConsole }) => {
    expectConsole(/status of 404/);
    const facing = await Desk.start({ ...await production(), ...patient, ...settings });
    try {
      for (const path of ['/dev/mailbox', '/dev/mailbox/0197a4a0-0000-7000-8000-000000000000']) {
        const answer = await page.goto(`${facing.url}${path}`);
        expect(answer?.status(), path).toBe(404);
        await expect(page.getByTestId('not-found')).toBeVisible();
      }
    } finally {
      await leave(page.context());
      await facing.stop();
    }
  });
}
