// What can follow a slash: the app's commands from the manifest, their words from the usage hints, and the workspace's own.

/** Commands of the workspace itself. */
export const BUILT_IN = [
  { command: "/invite", description: "Add the app to this channel", usage_hint: "@tunesmith", isBuiltIn: true },
];

/**
 * Suggestions for what is typed so far.
 * @param {string} text the whole line
 * @param {{command: string, description: string, usage_hint: string}[]} commands
 * @returns {{insert: string, label: string, description: string, takesEnter: boolean}[]}
 */
export function suggestions(text, commands) {
  if (!text.startsWith("/") || text.includes("\n")) return [];
  const [name, ...rest] = text.split(" ");
  if (!rest.length) return commandSuggestions(name, commands);
  const command = commands.find((one) => one.command === name);
  return command ? wordSuggestions(command, rest.join(" ")) : [];
}

function commandSuggestions(typed, commands) {
  return commands
    .filter(({ command }) => command.startsWith(typed.toLowerCase()))
    .map(({ command, description, usage_hint: hint }) => ({
      insert: `${command} `,
      label: [command, hint].filter(Boolean).join(" "),
      description: description ?? "",
      takesEnter: true,
    }));
}

/** Usage hints such as "start | status | use MODEL" name the words that may come first. */
function wordSuggestions({ command, usage_hint: hint = "" }, typed) {
  if (!hint.includes("|") || typed.includes(" ")) return [];
  return hint
    .split("|")
    .map((usage) => usage.trim())
    .filter((usage) => /^[a-z][\w-]*( |$)/.test(usage))
    .map((usage) => ({ word: usage.split(" ")[0], usage }))
    .filter(({ word }) => word.startsWith(typed.toLowerCase()) && word !== typed)
    .map(({ word, usage }) => ({
      insert: `${command} ${word}${usage === word ? "" : " "}`,
      label: `${command} ${usage}`,
      description: "",
      takesEnter: false,
    }));
}
