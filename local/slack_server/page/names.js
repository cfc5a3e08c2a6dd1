// What can follow an @: the people of the workspace and the app.

/**
 * Suggestions for the name that is being typed at the end of the text.
 * @param {string} text
 * @param {{name: string, real_name: string}[]} users
 * @returns {{insert: string, label: string, description: string, takesEnter: boolean}[]}
 */
export function nameSuggestions(text, users) {
  const typed = /(?:^|\s)@([\w.-]*)$/.exec(text);
  if (!typed) return [];
  const wanted = typed[1].toLowerCase();
  const before = text.slice(0, text.length - typed[1].length - 1);
  return users
    .filter(({ name, real_name: real }) => [name, ...(real ?? "").split(" ")].some((part) => part.toLowerCase().startsWith(wanted)))
    .map(({ name, real_name: real }) => ({ insert: `${before}@${name} `, label: `@${name}`, description: real ?? "", takesEnter: true }));
}
