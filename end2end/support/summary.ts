import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';

/** Closes the run with `N passed, N failed`, which `cargo xtask test` adds to the other runners' counts. */
export default class Summary implements Reporter {
  private readonly outcomes = new Map<string, TestResult['status']>();

  onTestEnd(test: TestCase, result: TestResult): void {
    this.outcomes.set(test.id, result.status);
  }

  onEnd(_result: FullResult): void {
    const all = [...this.outcomes.values()];
    const passed = all.filter((status) => status === 'passed').length;
    process.stdout.write(`\n${passed} passed, ${all.length - passed} failed\n`);
  }
}
