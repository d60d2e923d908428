// sealstone for OpenCode. `sealstone hook install` writes this file, `sealstone hook uninstall` removes it.
//
// It pipes each of the events below, as JSON, into a command that appends one record to a log. It has no
// opinion: it changes nothing, throws nothing, and keeps a tool waiting for BOUND_MS at most. What a tool is
// asked is on record before it is called, unless that takes longer.
import { spawn } from "node:child_process";

const COMMAND = ["sealstone", "hook", "--agent", "opencode"];
const EVENTS = ["tool.execute.before", "tool.execute.after", "permission.ask", "permission.rejected", "chat.message", "session.created", "session.idle", "session.error", "session.compacted", "session.deleted", "file.edited"];

/** How long OpenCode waits for a record. */
const BOUND_MS = 2000;
/** How long a record may take before it is given up, so that those behind it get their turn. */
const LIMIT_MS = 30000;
/** How many calls that were asked about are remembered until they are answered. */
const ASKED_MAX = 1000;

/** Runs the command with an event on its standard input. Resolves to what went wrong, if anything did. */
function run(event, cwd) {
  return new Promise((resolve) => {
    const child = spawn(COMMAND[0], COMMAND.slice(1), { cwd, stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    const limit = setTimeout(() => child.kill(), LIMIT_MS);
    limit.unref?.();
    const end = (problem) => {
      clearTimeout(limit);
      resolve(problem);
    };
    child.on("error", (error) => end(error.message));
    child.on("close", (status) => end(said || (status === 0 ? "" : `it ended with status ${status}`)));
    child.stderr.on("data", (data) => {
      said = (said + data).slice(0, 1000);
    });
    // A command that is gone does not read.
    child.stdin.on("error", () => {});
    child.stdin.end(event);
  });
}

/** One record after the other, in the order of the events. */
function recorder(client, cwd) {
  let last = Promise.resolve();
  const tell = (message) => {
    try {
      const body = { service: "sealstone", level: "error", message };
      Promise.resolve(client?.app?.log?.({ body })).catch(() => {});
    } catch {
      // There is nobody to tell.
    }
  };
  return async (name, members) => {
    try {
      if (!EVENTS.includes(name)) return;
      const event = JSON.stringify({ ...members, hook_event_name: name, cwd });
      last = last
        .then(() => run(event, cwd))
        .then((problem) => problem && tell(problem))
        .catch((error) => tell(String(error)));
      let timer;
      const bound = new Promise((resolve) => {
        timer = setTimeout(resolve, BOUND_MS);
      });
      await Promise.race([last, bound]);
      clearTimeout(timer);
    } catch (error) {
      tell(`no record of ${name}: ${error}`);
    }
  };
}

/** What the events of a session say, under the names that `sealstone hook` knows. */
function members(type, properties) {
  if (type === "file.edited") return { file_path: properties.file };
  const error = properties.error;
  return {
    sessionID: properties.sessionID ?? properties.info?.id,
    ...(error === undefined ? {} : { error: error?.data?.message ?? error?.name ?? error }),
  };
}

export const Sealstone = async (context) => {
  const record = recorder(context?.client, context?.directory);
  /** Calls that were asked about, by the id of the question. */
  const asked = new Map();
  const remember = (id, call) => {
    if (asked.size >= ASKED_MAX) asked.delete(asked.keys().next().value);
    asked.set(id, call);
  };
  return {
    "tool.execute.before": async (input, output) => {
      const { sessionID, callID, tool } = input ?? {};
      await record("tool.execute.before", { sessionID, callID, tool, args: output?.args });
    },
    "tool.execute.after": async (input, output) => {
      const { sessionID, callID, tool, args } = input ?? {};
      const { title, metadata } = output ?? {};
      await record("tool.execute.after", { sessionID, callID, tool, args, title, output: output?.output, metadata });
    },
    "permission.ask": async (input, output) => {
      const { id, sessionID, callID, type, pattern, title, metadata } = input ?? {};
      const call = { sessionID, callID, tool: type, args: { pattern, title, metadata } };
      if (id !== undefined) remember(id, call);
      await record("permission.ask", { ...call, status: output?.status });
    },
    "chat.message": async (input, output) => {
      const texts = (output?.parts ?? []).filter((part) => part?.type === "text").map((part) => part.text);
      await record("chat.message", { sessionID: input?.sessionID, prompt: texts.join("\n") });
    },
    event: async (input) => {
      const type = input?.event?.type;
      const properties = input?.event?.properties ?? {};
      if (type === "permission.replied") {
        const id = properties.permissionID ?? properties.requestID;
        const call = asked.get(id) ?? { sessionID: properties.sessionID };
        asked.delete(id);
        const reply = properties.response ?? properties.reply;
        if (reply === "reject") await record("permission.rejected", call);
      } else if (type !== undefined && !type.startsWith("tool.") && !type.startsWith("permission.")) {
        await record(type, members(type, properties));
      }
    },
  };
};
