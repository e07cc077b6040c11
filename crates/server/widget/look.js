// How the window looks. Colours come as variables; the style is a constructed one, so a page's strict content policy allows it.

const STYLE = `
:host { all: initial; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.chat { --edge: 20px; font: 400 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--text); text-align: start; color-scheme: light; }
.chat.dark { --ground: #171c24; --text: #e9eef5; color-scheme: dark; }
.chat.corner { position: fixed; z-index: 2147483000; bottom: var(--edge); }
.chat.corner.right { right: var(--edge); }
.chat.corner.left { left: var(--edge); }
button, input, textarea { font: inherit; color: inherit; letter-spacing: inherit; margin: 0; }
button { cursor: pointer; border: 1px solid transparent; background: none; border-radius: 10px; min-height: 44px; min-width: 44px; }
button:disabled { cursor: default; opacity: .6; }
:focus-visible { outline: 3px solid var(--text); outline-offset: 2px; }
.hint { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
svg { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; flex: none; }

.launcher { display: flex; align-items: center; gap: 10px; min-height: 56px; min-width: 56px; padding: 0 16px; border-radius: 28px; background: var(--accent); color: var(--accent-text); box-shadow: 0 2px 6px rgb(0 0 0 / 25%), 0 8px 24px rgb(0 0 0 / 18%); margin-inline-start: auto; max-width: min(20rem, calc(100vw - 2 * var(--edge))); }
.left .launcher { margin: 0; }
.launcher:focus-visible, .head button:focus-visible { outline-color: var(--accent-text); outline-offset: -5px; }
.open .launcher > svg:first-child, .corner:not(.open) .launcher > svg:nth-child(2) { display: none; }
.launcher-words { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
.badge { min-width: 22px; padding: 0 6px; border-radius: 11px; background: var(--accent-text); color: var(--accent); font-size: 13px; line-height: 22px; font-weight: 700; text-align: center; }

.panel { display: flex; flex-direction: column; overflow: hidden; background: var(--ground); color: var(--text); border: 1px solid var(--line); }
.corner .panel { position: absolute; bottom: 72px; width: min(400px, calc(100vw - 2 * var(--edge))); height: min(640px, calc(100vh - 72px - 2 * var(--edge))); border-radius: 16px; box-shadow: 0 12px 48px rgb(0 0 0 / 28%); animation: rise .14s ease-out; }
.corner.right .panel { right: 0; }
.corner.left .panel { left: 0; }
@keyframes rise { from { opacity: 0; transform: translateY(10px); } }
.head { display: flex; align-items: center; gap: 12px; padding: 14px 10px 14px 18px; background: var(--accent); color: var(--accent-text); }
[dir="rtl"] .head { padding: 14px 18px 14px 10px; }
.head canvas { width: 40px; height: 40px; border-radius: 50%; flex: none; }
.names { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.title { margin: 0; font-size: 17px; line-height: 1.3; font-weight: 650; }
.subtitle { margin: 2px 0 0; font-size: 13.5px; line-height: 1.35; }
.head button { display: grid; place-items: center; }
.head button:hover { background: color-mix(in srgb, var(--accent-text) 16%, transparent); }

.log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 18px 16px 8px; display: flex; flex-direction: column; gap: 4px; min-height: 0; }
.log:focus-visible { outline-offset: -3px; }
.from { font-size: 12.5px; margin: 10px 4px 2px; }
.said { max-width: 86%; padding: 9px 14px; border-radius: 18px; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid transparent; align-self: flex-start; background: var(--message); border-end-start-radius: 6px; }
.said + .said { margin-top: 0; }
.said.visitor { align-self: flex-end; background: var(--accent); color: var(--accent-text); border-radius: 18px; border-end-end-radius: 6px; margin-top: 8px; }
.said.visitor + .said:not(.visitor), .failed + .said { margin-top: 8px; }
.said.pending { opacity: .72; }
.said a { color: inherit; text-decoration: underline; text-underline-offset: 2px; }
.note { align-self: center; text-align: center; font-size: 13.5px; padding: 8px 16px; overflow-wrap: anywhere; }
.failed { align-self: flex-end; font-size: 13.5px; display: flex; align-items: center; gap: 6px; }
.failed button { text-decoration: underline; padding: 0 8px; }
.writing { align-self: flex-start; display: flex; gap: 5px; padding: 15px 16px; border-radius: 18px; background: var(--message); margin-top: 8px; }
.writing i { width: 7px; height: 7px; border-radius: 50%; background: currentColor; opacity: .55; animation: beat 1.1s infinite; }
.writing i:nth-child(2) { animation-delay: .15s; }
.writing i:nth-child(3) { animation-delay: .3s; }
@keyframes beat { 30% { transform: translateY(-4px); opacity: .9; } 60% { transform: none; } }

.choices { display: flex; flex-wrap: wrap; gap: 8px; padding: 8px 16px; max-height: 40%; overflow-y: auto; flex: none; }
.choices button, .plain { border-color: var(--strong); padding: 6px 16px; border-radius: 22px; overflow-wrap: anywhere; max-width: 100%; text-align: start; }
.choices button:hover, .plain:hover { background: var(--message); }
.banner { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; padding: 10px 16px; border-top: 1px solid var(--line); font-size: 14.5px; overflow-wrap: anywhere; }
.banner > span { flex: 1 1 12rem; }
.contact { display: grid; gap: 8px; padding: 10px 16px 14px; border-top: 1px solid var(--line); overflow-y: auto; max-height: 65%; flex: none; }
.panel:has(.contact:not([hidden])) :is(.composer, .tools) { display: none; }
.contact p { margin: 0; font-size: 14.5px; overflow-wrap: anywhere; }
.contact label { display: grid; gap: 2px; font-size: 14px; }
.contact input, .composer textarea { width: 100%; min-height: 44px; padding: 9px 12px; border: 1px solid var(--strong); border-radius: 10px; background: var(--ground); }
.contact .row { display: flex; flex-wrap: wrap; gap: 8px; }
.main { background: var(--accent); color: var(--accent-text); padding: 6px 18px; font-weight: 600; }
.wrong { font-weight: 600; }
.composer { display: flex; gap: 8px; align-items: flex-end; padding: 10px 12px; border-top: 1px solid var(--line); }
.composer textarea { flex: 1; resize: none; max-height: 132px; border-radius: 22px; padding: 9px 16px; line-height: 1.4; display: block; }
.composer textarea:focus-visible { outline-offset: 0; outline-width: 2px; }
.composer textarea::placeholder { color: var(--text); opacity: .8; }
.composer button { border-radius: 22px; display: grid; place-items: center; padding: 0 10px; }
.composer button.worded { padding: 0 18px; font-weight: 600; }
[dir="rtl"] .composer svg { transform: scaleX(-1); }
.tools { display: flex; flex-wrap: wrap; justify-content: center; gap: 0 8px; padding: 0 12px 6px; font-size: 14px; }
.tools:not(:has(button:not([hidden]))) { display: none; }
.tools button { padding: 4px 10px; text-decoration: underline; text-underline-offset: 3px; }
.tools span { align-self: center; }

.chat.page { width: 100%; height: 100vh; height: 100dvh; display: grid; justify-items: center; background: var(--message); }
.page .panel { width: 100%; max-width: 48rem; height: 100vh; height: 100dvh; border-block: 0; }
.page .title { font-size: 20px; }

@media (max-width: 480px), (max-height: 420px) {
  .corner:not(.preview) .panel { position: fixed; inset: 0 !important; width: 100vw; height: 100vh; height: 100dvh; border: 0; border-radius: 0; padding-bottom: env(safe-area-inset-bottom); }
  .chat.corner.open:not(.preview) .launcher { display: none; }
  .page .panel { border: 0; padding-bottom: env(safe-area-inset-bottom); }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; } }
@media (forced-colors: active) {
  .said, .launcher, .panel, .main, .writing, .head { border: 1px solid CanvasText; }
  .badge { border: 1px solid; }
}
@media print { .chat.corner { display: none; } }
`;

const PLAIN = { accent: "#0a5299", accent_text: "#ffffff", ground: "#ffffff", text: "#1b2430" };
const DARK = { ground: "#171c24", text: "#e9eef5" };

/** The red, green and blue of `#rrggbb`; nothing for anything else. */
function parts(colour) {
  return /^#[0-9a-f]{6}$/i.test(colour) ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) : null;
}

/** So much of the way from one colour to the other. */
function between(one, other, share) {
  const [from, to] = [parts(one), parts(other)];
  return `#${from.map((part, at) => Math.round(part + (to[at] - part) * share).toString(16).padStart(2, "0")).join("")}`;
}

function luminance(colour) {
  const [red, green, blue] = parts(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** The window's colours as variables: those of the appearance as far as they are colours, and what follows from them. */
function colours(appearance, dark) {
  const own = Object.fromEntries(Object.entries(PLAIN).map(([name, plain]) => [name, parts(appearance[name]) ? appearance[name] : plain]));
  const { ground, text } = dark ? DARK : own;
  // Messages stand out from the ground as far as their words can still be read.
  const tint = between(ground, text, 0.08);
  return {
    "--accent": own.accent,
    "--accent-text": own.accent_text,
    "--ground": ground,
    "--text": text,
    "--message": contrast(tint, text) >= 4.5 ? tint : ground,
    "--line": between(ground, text, 0.16),
    "--strong": between(ground, text, 0.6),
  };
}
