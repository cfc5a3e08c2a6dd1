// Emoji short codes: the sensible set that apps and people use; what is not here stays as it was written.

const CODES = {
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", eyes: "👀", white_check_mark: "✅", heavy_check_mark: "✔️",
  x: "❌", heavy_multiplication_x: "✖️", warning: "⚠️", rotating_light: "🚨", no_entry: "⛔", no_entry_sign: "🚫",
  question: "❓", grey_question: "❔", exclamation: "❗", bangbang: "‼️", information_source: "ℹ️", bulb: "💡",
  tada: "🎉", rocket: "🚀", sparkles: "✨", star: "⭐", star2: "🌟", fire: "🔥", zap: "⚡", boom: "💥", "100": "💯",
  trophy: "🏆", medal: "🏅", first_place_medal: "🥇", second_place_medal: "🥈", third_place_medal: "🥉", dart: "🎯",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️", alarm_clock: "⏰", clock1: "🕐", calendar: "📆",
  date: "📅", spiral_calendar_pad: "🗓️", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉",
  bar_chart: "📊", clipboard: "📋", memo: "📝", pencil: "📝", pencil2: "✏️", page_facing_up: "📄", page_with_curl: "📃",
  file_folder: "📁", open_file_folder: "📂", card_index_dividers: "🗂️", card_file_box: "🗃️", package: "📦", inbox_tray: "📥",
  outbox_tray: "📤", paperclip: "📎", link: "🔗", mag: "🔍", mag_right: "🔎", lock: "🔒", unlock: "🔓", key: "🔑",
  bell: "🔔", no_bell: "🔕", mega: "📣", loudspeaker: "📢", speech_balloon: "💬", thought_balloon: "💭", label: "🏷️",
  bookmark: "🔖", books: "📚", book: "📖", newspaper: "📰", moneybag: "💰", money_with_wings: "💸", dollar: "💵",
  credit_card: "💳", receipt: "🧾", gear: "⚙️", hammer: "🔨", wrench: "🔧", hammer_and_wrench: "🛠️", toolbox: "🧰",
  test_tube: "🧪", microscope: "🔬", telescope: "🔭", robot_face: "🤖", brain: "🧠", musical_note: "🎵", notes: "🎶",
  musical_score: "🎼", headphones: "🎧", computer: "💻", desktop_computer: "🖥️", floppy_disk: "💾", cd: "💿", battery: "🔋",
  electric_plug: "🔌", globe_with_meridians: "🌐", earth_africa: "🌍", house: "🏠", office: "🏢", construction: "🚧",
  checkered_flag: "🏁", triangular_flag_on_post: "🚩", white_flag: "🏳️", arrow_forward: "▶️", pause_button: "⏸️",
  black_square_for_stop: "⏹️", stop_button: "⏹️", fast_forward: "⏩", rewind: "⏪", repeat: "🔁", arrows_counterclockwise: "🔄",
  arrow_up: "⬆️", arrow_down: "⬇️", arrow_left: "⬅️", arrow_right: "➡️", arrow_upper_right: "↗️", arrow_lower_right: "↘️",
  heavy_plus_sign: "➕", heavy_minus_sign: "➖", new: "🆕", ok: "🆗", cool: "🆒", free: "🆓", up: "🆙", sos: "🆘",
  red_circle: "🔴", large_orange_circle: "🟠", orange_circle: "🟠", large_yellow_circle: "🟡", yellow_circle: "🟡",
  large_green_circle: "🟢", green_circle: "🟢", large_blue_circle: "🔵", blue_circle: "🔵", large_purple_circle: "🟣",
  black_circle: "⚫", white_circle: "⚪", large_red_square: "🟥", large_orange_square: "🟧", large_yellow_square: "🟨",
  large_green_square: "🟩", large_blue_square: "🟦", black_large_square: "⬛", white_large_square: "⬜",
  small_blue_diamond: "🔹", small_orange_diamond: "🔸", radio_button: "🔘", ballot_box_with_check: "☑️",
  one: "1️⃣", two: "2️⃣", three: "3️⃣", four: "4️⃣", five: "5️⃣", six: "6️⃣", seven: "7️⃣", eight: "8️⃣", nine: "9️⃣",
  keycap_ten: "🔟", zero: "0️⃣", smile: "😄", grinning: "😀", smiley: "😃", slightly_smiling_face: "🙂", wink: "😉",
  blush: "😊", joy: "😂", sweat_smile: "😅", thinking_face: "🤔", neutral_face: "😐", confused: "😕", cry: "😢", sob: "😭",
  rage: "😡", scream: "😱", sleeping: "😴", zzz: "💤", sunglasses: "😎", nerd_face: "🤓", wave: "👋", clap: "👏",
  pray: "🙏", raised_hands: "🙌", muscle: "💪", ok_hand: "👌", point_right: "👉", point_left: "👈", point_up: "☝️",
  point_down: "👇", raised_hand: "✋", hand: "✋", writing_hand: "✍️", heart: "❤️", broken_heart: "💔", see_no_evil: "🙈",
  bug: "🐛", seedling: "🌱", herb: "🌿", evergreen_tree: "🌲", sunny: "☀️", cloud: "☁️", umbrella: "☔", snowflake: "❄️",
  coffee: "☕", tea: "🍵", pizza: "🍕", cake: "🍰", gift: "🎁", balloon: "🎈", art: "🎨", game_die: "🎲", wastebasket: "🗑️",
  recycle: "♻️", shield: "🛡️", scales: "⚖️", bust_in_silhouette: "👤", busts_in_silhouette: "👥", person: "🧑",
  ghost: "👻", skull: "💀", alien: "👽", turtle: "🐢", snail: "🐌", rabbit: "🐰", owl: "🦉", octopus: "🐙", whale: "🐳",
};

/** The character of a short code such as `tada`, skin tones ignored, or null where it is not known. */
export function emojiFor(code) {
  const plain = code.split("::")[0];
  return Object.hasOwn(CODES, plain) ? CODES[plain] : null;
}

/** Text with the known :codes: replaced by their characters. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+)(?:::skin-tone-\d)?:/g, (whole, code) => emojiFor(code) ?? whole);
}
