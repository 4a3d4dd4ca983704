// Shops of a test's own on the stand-in of run.sh, behind a relay that the test can cut.
import { spawn } from "node:child_process";
import { createServer, connect } from "node:net";

const { BOOKSTORE, SQL_SERVER } = process.env;
/** Why a test is skipped, or false. */
export const skip = BOOKSTORE && SQL_SERVER ? false : "BOOKSTORE and SQL_SERVER are not set: run.sh does";

/** How long a shop may take to start, in milliseconds. */
const START_LIMIT = 60_000;
const PORT = /,(\d+);/;

/** Runs `work` with a relay to the SQL Server. While it is cut, it closes each connection at once, as a host without the server does. */
export async function withRelay(work) {
  const target = Number(SQL_SERVER.match(PORT)[1]);
  const sockets = new Set();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(target, "127.0.0.1");
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  const restore = () => { isCut = false; };
  try {
    await work({ connectionString: SQL_SERVER.replace(PORT, `,${server.address().port};`), cut, restore });
  } finally {
    cut();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Starts a new shop with these settings. It runs until `stop`. A shop that does not listen within a minute is an error. */
export async function startShop(settings) {
  const env = { BOOKSTORE_ADDR: "127.0.0.1:0", BOOKSTORE_ADMIN_ADDR: "127.0.0.1:0", ...settings };
  const child = spawn(BOOKSTORE, ["serve"], { env, stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  let log = "";
  let timer;
  const listening = new Promise((resolve, reject) => {
    timer = setTimeout(() => {
      child.kill();
      reject(new Error(`the shop does not listen:\n${log}`));
    }, START_LIMIT);
    child.stderr.on("data", (chunk) => {
      log += chunk;
      const found = log.match(/listening on (http:\/\/[\d.:]+)/);
      if (found) resolve(found[1]);
    });
    child.on("exit", () => reject(new Error(`the shop ended:\n${log}`)));
  });
  const url = await listening.finally(() => clearTimeout(timer));
  const stop = async () => {
    child.kill();
    await ended;
  };
  return { url, stop };
}

/** Runs `work` with the address of a new shop with these settings. */
export async function withShop(settings, work) {
  const shop = await startShop(settings);
  try {
    await work(shop.url);
  } finally {
    await shop.stop();
  }
}
