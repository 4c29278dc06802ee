// Runs stories one after another and prints one JSON object: the name of each, with "passed" or what went wrong.

const told = [];

export function story(name, act) {
  told.push([name, act]);
}

export async function tell() {
  const report = {};
  for (const [name, act] of told) {
    try {
      await act();
      report[name] = "passed";
    } catch (error) {
      report[name] = `${error.stack}\n${JSON.stringify(error.body ?? error.data ?? null)}`;
    }
  }
  process.stdout.write(JSON.stringify(report));
}

// What an act was refused with; an act that succeeds is the failure here.
export async function refusal(act) {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error(`nothing was refused by ${act}`);
}

// The card of the sandbox: its addresses and credentials.
export const card = JSON.parse(process.env.SANDBOX_CARD ?? "{}");
