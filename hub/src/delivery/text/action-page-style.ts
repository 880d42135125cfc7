/**
 * The look of the answer page. It stands in the page as it is, to the byte, so that a content
 * security policy can name its hash; therefore nothing in the page has a style of its own. Pure.
 */

/** The text between the style tags. */
export const ACTION_PAGE_STYLE = `
:root{color-scheme:light dark;--ground:#e9ebed;--card:#fff;--ink:#1b1f23;--soft:#4a5058;\
--line:#6b7178;--go:#0b4f8a;--on-go:#fff;--critical:#a8001c;--high:#ec8200;--medium:#ffe14a;\
--low:#1f6fb2;--info:#6b7178;--edge:#2b2f33}
@media (prefers-color-scheme:dark){:root{--ground:#1e2125;--card:#2a2e33;--ink:#f1f3f5;\
--soft:#c3c9cf;--line:#8f969d;--go:#8cc4f5;--on-go:#10151a;--critical:#e8303f;--high:#ffa640;\
--medium:#fff6b8;--low:#4a9be0;--info:#8f969d;--edge:#f1f3f5}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:17px/1.45 system-ui,-apple-system,\
"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
:lang(zh-Hans){font-family:system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
:lang(zh-Hant){font-family:system-ui,"PingFang TC","Microsoft JhengHei","Noto Sans CJK TC",\
sans-serif}
main{max-width:34rem;margin:0 auto;padding:16px 16px 40px}
h1{font-size:26px;line-height:1.2;margin:6px 0 4px}
h2{font-size:20px;line-height:1.25;margin:0 0 4px}
p{margin:0 0 4px}
svg{width:26px;height:26px;flex:none;stroke:var(--edge);stroke-width:1.5}
.severity{display:flex;align-items:center;gap:8px;font-weight:700}
.critical{fill:var(--critical)}.high{fill:var(--high)}.medium{fill:var(--medium)}
.low{fill:var(--low)}.info{fill:var(--info)}
.soft{color:var(--soft);font-size:15px}
.box{background:var(--card);border:2px solid var(--line);border-radius:12px;padding:14px;\
margin:16px 0}
.done{border-color:var(--go)}
.wrong{border:4px solid var(--ink)}
form{margin:0 0 8px}
.ask{font-weight:700;margin:0 0 10px}
.answers{margin-top:18px}
button,summary,select,textarea{font:inherit;width:100%;min-height:56px;border-radius:12px;\
border:2px solid var(--line);background:var(--card);color:var(--ink);padding:10px 14px}
button,summary{display:block;font-weight:700;font-size:19px;text-align:left;cursor:pointer;\
touch-action:manipulation}
button span{display:block;font-weight:400;font-size:15px}
button.go{background:var(--go);color:var(--on-go);border-color:var(--go)}
button.first{min-height:80px;font-size:22px}
summary{padding-top:13px}
details{margin:0 0 8px}
details[open]{margin-bottom:24px}
details form{padding:12px 0 0}
label{display:block;font-weight:700;margin:0 0 12px}
label select,label textarea{font-weight:400;margin-top:4px}
:focus-visible{outline:3px solid var(--go);outline-offset:3px}
.who{margin-top:24px}
@media (forced-colors:active){svg{forced-color-adjust:none}}
`;
