// Counting what the runtimes report: the forms are those that Deno 2.9, Bun 1.4 and Node 20 to 26 write.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { countTests, silentFiles, sum } from "../../tools/junit.ts";

const DENO = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="6" failures="3" errors="0" time="0.086">
    <testsuite name="./a_test.ts" tests="2" disabled="0" errors="0" failures="1">
        <testcase name="suite" classname="./a_test.ts" time="0.006" line="3" col="1">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="a > b &quot;c&quot;" classname="./a_test.ts" time="0.000">
        </testcase>
    </testsuite>
    <testsuite name="ext:deno_node/testing.ts" tests="4" disabled="1" errors="0" failures="1">
        <testcase name="suite &gt; one" classname="ext:deno_node/testing.ts" time="0.001">
        </testcase>
        <testcase name="suite &gt; two" classname="ext:deno_node/testing.ts" time="0.001">
            <failure message="Uncaught AssertionError">AssertionError: &lt;testcase name="no"&gt;</failure>
        </testcase>
        <testcase name="suite &gt; inner" classname="ext:deno_node/testing.ts" time="0.001">
        </testcase>
        <testcase name="suite &gt; inner &gt; three" classname="ext:deno_node/testing.ts" time="0.000">
            <skipped/>
        </testcase>
    </testsuite>
</testsuites>
`;

const BUN = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="4" assertions="0" failures="1" skipped="2" time="0.04">
  <testsuite name="a_test.ts" file="a_test.ts" tests="4" failures="1" skipped="2" hostname="h">
    <testsuite name="suite" file="a_test.ts" line="3" tests="2" failures="1" hostname="h">
      <testcase name="one" classname="suite" time="0.0007" file="a_test.ts" line="4" assertions="0" />
      <testcase name="two > three" classname="suite" time="0.001" file="a_test.ts" line="5" assertions="0">
        <failure type="AssertionError" message="1 !== 2&#10;">AssertionError: 1 !== 2</failure>
      </testcase>
    </testsuite>
    <testcase name="two" classname="" time="0" file="a_test.ts" line="10" assertions="0">
      <skipped message="TODO" />
    </testcase>
    <testcase name="four" classname="" time="0" file="a_test.ts" line="11" assertions="0">
      <skipped />
    </testcase>
  </testsuite>
</testsuites>`;

const NODE = `<?xml version="1.0" encoding="utf-8"?>
<testsuites>
\t<testsuite name="suite" time="0.002" disabled="0" errors="0" tests="2" failures="1" skipped="0" hostname="h">
\t\t<testcase name="one" time="0.0006" classname="test"/>
\t\t<testcase name="two &gt; three" time="0.0009" classname="test" failure="1 == 2">
\t\t\t<failure type="testCodeFailure" message="1 == 2">[Error: 1 == 2]</failure>
\t\t</testcase>
\t</testsuite>
\t<testcase name="two" time="0.0001" classname="test">
\t\t<skipped type="skipped" message="why"/>
\t</testcase>
\t<!-- tests 3 -->
\t<!-- pass 1 -->
</testsuites>
`;

describe("countTests", () => {
  it("counts Deno's report, where suites are cases", () => {
    assert.deepEqual(countTests(DENO, true), { passed: 2, failed: 1, skipped: 1 });
  });

  it("counts Bun's report", () => {
    assert.deepEqual(countTests(BUN, false), { passed: 1, failed: 1, skipped: 2 });
  });

  it("counts Node's report", () => {
    assert.deepEqual(countTests(NODE, false), { passed: 1, failed: 1, skipped: 1 });
  });

  it("counts a suite that fails by itself", () => {
    const report = `<testsuites><testsuite name="s">
      <testcase name="suite"><failure message="hook">hook</failure></testcase>
      <testcase name="suite &gt; one"></testcase>
    </testsuite></testsuites>`;
    assert.deepEqual(countTests(report, true), { passed: 1, failed: 1, skipped: 0 });
  });

  it("counts errors as failures, and an empty report as nothing", () => {
    const errors = '<testsuites><testcase name="a"><error message="x"/></testcase></testsuites>';
    assert.deepEqual(countTests(errors, false), { passed: 0, failed: 1, skipped: 0 });
    assert.deepEqual(countTests("<testsuites></testsuites>", false), { passed: 0, failed: 0, skipped: 0 });
  });

  it("counts a failing test that is marked to do as skipped", () => {
    const todo = '<testsuites><testcase name="a"><skipped type="todo"/><failure message="x"/></testcase></testsuites>';
    assert.deepEqual(countTests(todo, false), { passed: 0, failed: 0, skipped: 1 });
  });

  it("refuses what was cut off, and what is no report", () => {
    for (const text of ["", DENO.slice(0, -20), NODE.slice(0, 200), "ok 1 - fine"]) {
      assert.throws(() => countTests(text, true), SyntaxError);
    }
  });
});

describe("silentFiles", () => {
  it("finds files that Deno does not name", () => {
    assert.deepEqual(silentFiles(DENO, ["a_test.ts"]), []);
    assert.deepEqual(silentFiles(DENO, ["a_test.ts", "b_test.ts"]), ["b_test.ts"]);
  });

  it("finds files that Node names in place of their tests", () => {
    assert.deepEqual(silentFiles(NODE, ["tests/a_test.ts"]), []);
    const report = NODE.replace('name="one"', 'name="/home/p/tests/a_test.ts"');
    assert.deepEqual(silentFiles(report, ["tests/a_test.ts", "tests/b_test.ts"]), ["tests/a_test.ts"]);
  });
});

describe("sum", () => {
  it("adds", () => {
    const counts = { passed: 1, failed: 2, skipped: 3 };
    assert.deepEqual(sum([counts, counts]), { passed: 2, failed: 4, skipped: 6 });
    assert.deepEqual(sum([]), { passed: 0, failed: 0, skipped: 0 });
  });
});
