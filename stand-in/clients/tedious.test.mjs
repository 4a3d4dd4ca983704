// tedious: the TDS client for Node.js, under most of its ORMs.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { Connection, Request, TYPES } from "tedious";

const PASSWORD = "Secret-1";
let server, port, ca;

before(async () => {
    const environment = { ...process.env, STAND_IN_SA_PASSWORD: PASSWORD };
    server = spawn(process.env.STAND_IN, ["--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"], env: environment });
    const lines = createInterface({ input: server.stdout });
    const words = [];
    for await (const line of lines) {
        words.push(line.split(" ").at(-1));
        if (words.length === 2) break;
    }
    port = Number(words[0].split(":").at(-1));
    ca = readFileSync(words[1]);
});

after(() => server.kill());

/** Opens a connection, which the test closes when it ends. */
const connect = (context, options = {}) => new Promise((resolve, reject) => {
    const connection = new Connection({
        server: "localhost",
        authentication: { type: "default", options: { userName: "sa", password: PASSWORD } },
        options: { port, database: "Bookstore", encrypt: true, cryptoCredentialsDetails: { ca }, ...options },
    });
    context.after(async () => {
        connection.close();
    });
    connection.connect((error) => (error ? reject(error) : resolve(connection)));
});

/** Runs a statement: a batch, or sp_executesql with parameters as [name, type, value]. */
const run = (connection, sql, parameters = [], started = () => {}) => new Promise((resolve, reject) => {
    const rows = [];
    const outputs = {};
    const request = new Request(sql, (error) => (error ? reject(error) : resolve({ rows, outputs })));
    for (const [name, type, value, output] of parameters) {
        output ? request.addOutputParameter(name, type, value) : request.addParameter(name, type, value);
    }
    request.on("row", (columns) => {
        rows.push(columns.map((column) => column.value));
        started();
    });
    request.on("returnValue", (name, value) => { outputs[name] = value; });
    parameters.length > 0 ? connection.execSql(request) : connection.execSqlBatch(request);
});

const one = async (connection, sql, parameters) => (await run(connection, sql, parameters)).rows[0][0];

for (const encrypt of [true, "strict"]) {
    test(`connection with encrypt ${encrypt} is opened`, async (context) => {
        assert.equal(await one(await connect(context, { encrypt }), "SELECT 42 AS n"), 42);
    });
}

test("connection without encryption is refused", async (context) => {
    // MS-TDS 2.2.6.5, PRELOGIN: the server requires encryption.
    await assert.rejects(connect(context, { encrypt: false }), /requires encryption/);
});

test("parameters return unchanged", async (context) => {
    const connection = await connect(context);
    for (const [type, value] of [
        [TYPES.Int, -5], [TYPES.BigInt, "1099511627776"], [TYPES.NVarChar, "Émile 😀 'x'"], [TYPES.NVarChar, null],
        [TYPES.NVarChar, "é".repeat(100_000)], [TYPES.Bit, true], [TYPES.Float, 1.5],
        [TYPES.UniqueIdentifier, "00112233-4455-6677-8899-AABBCCDDEEFF"],
    ]) {
        assert.equal(await one(connection, "SELECT @v AS v", [["v", type, value]]), value);
    }
});

test("parameter of an unsupported type is an error and the connection stays", async (context) => {
    const connection = await connect(context);
    for (const [type, value] of [[TYPES.Money, 5], [TYPES.DateTimeOffset, new Date()], [TYPES.SmallDateTime, new Date()]]) {
        await assert.rejects(run(connection, "SELECT @v AS v", [["v", type, value]]), { number: 50000 });
        assert.equal(await one(connection, "SELECT 1 AS n"), 1);
    }
});

test("OUTPUT parameters return their values", async (context) => {
    // MS-TDS 2.2.7.19, RETURNVALUE; https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-executesql-transact-sql
    const parameters = [["n", TYPES.Int, 41, true], ["t", TYPES.NVarChar, null, true]];
    const { outputs } = await run(await connect(context), "SET @n = @n + 1; SET @t = N'é'", parameters);
    assert.deepEqual(outputs, { n: 42, t: "é" });
});

test("prepared statement is executed and unprepared", async (context) => {
    // https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-prepare-transact-sql
    const connection = await connect(context);
    const values = [];
    let done;
    const request = new Request("SELECT @a + 1 AS n", () => done());
    request.addParameter("a", TYPES.Int);
    request.on("row", (columns) => values.push(columns[0].value));
    const finished = () => new Promise((resolve) => { done = resolve; });
    const prepared = once(request, "prepared");
    connection.prepare(request);
    await prepared;
    for (const a of [1, 2]) {
        const end = finished();
        connection.execute(request, { a });
        await end;
    }
    assert.deepEqual(values, [2, 3]);
    const end = finished();
    connection.unprepare(request);
    await end;
    assert.equal(request.error, undefined);
});

for (const [what, sql, parameters] of [
    ["a waiting statement", "WAITFOR DELAY '00:10:00'", []],
    // Cancelled before its last packet: MS-TDS 2.2.1.7, the IGNORE bit.
    ["a half-sent statement", "SELECT @v AS v", [["v", TYPES.NVarChar, "x".repeat(5_000_000)]]],
]) {
    test(`cancel of ${what} keeps the connection`, async (context) => {
        const connection = await connect(context);
        const cancelled = assert.rejects(run(connection, sql, parameters), { code: "ECANCEL" });
        connection.cancel();
        await cancelled;
        assert.equal(await one(connection, "SELECT 1 AS n"), 1);
    });
}

test("cancel of a stream of rows keeps the connection", async (context) => {
    const connection = await connect(context);
    const digits = "(VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9))";
    const sql = `SELECT a.n FROM ${[..."abcdefg"].map((name) => `${digits} AS ${name} (n)`).join(" CROSS JOIN ")}`;
    await assert.rejects(run(connection, sql, [], () => connection.cancel()), { code: "ECANCEL" });
    assert.equal(await one(connection, "SELECT 1 AS n"), 1);
});

test("XACT_ABORT set in sp_executesql ends with it", async (context) => {
    // https://learn.microsoft.com/sql/t-sql/statements/set-statements-transact-sql
    const connection = await connect(context);
    await run(connection, "CREATE TABLE dbo.Scope (n INT NOT NULL CONSTRAINT PK_Scope PRIMARY KEY); INSERT INTO dbo.Scope VALUES (1)");
    await run(connection, "SET XACT_ABORT ON; SELECT @v AS v", [["v", TYPES.Int, 1]]);
    await assert.rejects(run(connection, "BEGIN TRAN; INSERT INTO dbo.Scope VALUES (1)"), { number: 2627, state: 1 });
    assert.equal(await one(connection, "SELECT @@TRANCOUNT AS n"), 1);
    await run(connection, "ROLLBACK");
});

test("error has the line of its statement", async (context) => {
    await assert.rejects(run(await connect(context), "SELECT 1 AS n\n\nSELECT * FROM dbo.Missing"), { number: 208, lineNumber: 3 });
});
