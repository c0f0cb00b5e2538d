/// Style and script of the page that ``GraphPage`` writes.
enum GraphPageAssets {
  static let style = """
    :root{color-scheme:light dark;--page:#fff;--text:#1f2328;--dim:#656d76;--edge:#d8dee4;--soft:#f6f8fa;--mark:#ddf4ff;
    --good:#1a7f37;--partial:#bf8700;--bad:#cf222e;--grey:#8c959f;
    --lane0:#57606a;--lane1:#0969da;--lane2:#8250df;--lane3:#1b7c83;--lane4:#bc4c00;--lane5:#1a7f37}
    @media(prefers-color-scheme:dark){:root{--page:#0d1117;--text:#e6edf3;--dim:#8d96a0;--edge:#30363d;--soft:#161b22;
    --mark:#12304d;--good:#3fb950;--partial:#d29922;--bad:#f85149;--grey:#6e7681;
    --lane0:#9198a1;--lane1:#58a6ff;--lane2:#bc8cff;--lane3:#39c5cf;--lane4:#f0883e;--lane5:#56d364}}
    *{box-sizing:border-box}
    body{margin:0 auto;max-width:1200px;padding:24px;background:var(--page);color:var(--text);
    font:14px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
    h1{font-size:24px;margin:0}h2{font-size:16px;margin:28px 0 8px}h3{font-size:14px;margin:0}
    p{margin:4px 0}code{font:12px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
    a{color:var(--lane1)}.dim,.about{color:var(--dim)}
    .figures{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:12px;margin-top:16px}
    .figures>div{border:1px solid var(--edge);border-radius:8px;padding:12px}
    .figures b{display:block;font-size:24px;line-height:1.2}.figures span{color:var(--dim)}
    .figures .wide{grid-column:1/-1}.figures .wide:empty{display:none}
    .sessions{display:grid;grid-template-columns:repeat(auto-fill,minmax(280px,1fr));gap:8px}
    button{font:inherit;color:inherit;background:var(--soft);border:1px solid var(--edge);border-radius:8px;cursor:pointer}
    .session{display:flex;flex-direction:column;gap:2px;padding:10px;text-align:left;min-width:0}
    .session .name{font-weight:600}.session .title{overflow-wrap:anywhere;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
    .session[aria-pressed=true]{border-color:var(--lane1);background:var(--mark)}
    .survival{display:block;margin-top:6px}.bar{display:flex;height:6px;gap:2px;border-radius:3px;overflow:hidden}
    .survival.large{margin:0}.large .bar{height:12px}.legend{font-size:12px;color:var(--dim)}
    .bar i{min-width:3px}.bar .alive,.meter .good{background:var(--good)}.bar .changed,.meter .partial{background:var(--partial)}
    .bar .gone,.meter .bad{background:var(--bad)}.bar .elsewhere{background:var(--grey)}
    .tools{display:flex;gap:8px;align-items:center}.tools input{flex:0 1 360px;font:inherit;padding:5px 10px;
    color:inherit;background:var(--page);border:1px solid var(--edge);border-radius:8px}.tools button{padding:5px 12px}
    .commits{border:1px solid var(--edge);border-radius:8px;overflow:hidden}
    .commit{position:relative}.commit:target>summary{background:var(--mark)}
    .commit summary{display:flex;align-items:center;min-height:34px;padding-right:12px;cursor:pointer;list-style:none}
    .commit summary::-webkit-details-marker{display:none}.commit summary:hover{background:var(--soft)}
    .commit svg{flex:none;fill:none;stroke-width:2}
    .line{display:flex;gap:8px;align-items:center;flex:1;min-width:0}
    .subject{flex:1;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:80px}
    .bare .subject{color:var(--dim)}
    .ref,.chip{flex:none;max-width:240px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-size:12px;
    border:1px solid var(--edge);border-radius:10px;padding:0 8px;background:var(--soft)}
    .ref.branch{color:var(--good)}.ref.tag{color:var(--partial)}.ref.remote{color:var(--dim)}.ref.head{font-weight:600}
    .chip{border-color:var(--lane1)}.date{flex:none;font-size:12px}
    .meter{flex:none;width:60px;height:6px;border-radius:3px;background:var(--edge);overflow:hidden}
    .meter i{display:block;height:100%}.percent{flex:none;width:38px;text-align:right;font-size:12px}
    .body{position:relative;padding:4px 12px 12px}.lane{position:absolute;top:0;bottom:0;width:2px}
    .share{border-left:2px solid var(--edge);padding:4px 0 4px 12px;margin:6px 0}.prompt{overflow-wrap:anywhere}
    table{border-collapse:collapse;margin-top:6px;width:100%}td:first-child{width:42%}td{padding:2px 14px 2px 0;vertical-align:top;overflow-wrap:anywhere}
    .number{text-align:right;white-space:nowrap}td .alive,.legend .alive{color:var(--good)}td .changed,.legend .changed{color:var(--partial)}
    td .gone,.legend .gone{color:var(--bad)}
    .entities{list-style:none;margin:6px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:2px 14px}
    .entities li::before{content:"~ ";color:var(--partial)}.entities .added::before{content:"+ ";color:var(--good)}
    .entities .removed::before{content:"- ";color:var(--bad)}.entities .renamed::before{content:"↷ ";color:var(--lane1)}
    .commit.hidden{display:none}.commit.faint{opacity:.35}
    @media(max-width:700px){body{padding:12px}.figures{grid-template-columns:1fr}.chip,.date{display:none}}
    @media print{.tools{display:none}}
    """

  static let script = """
    (function(){
    var commits=[].slice.call(document.querySelectorAll('.commit'));
    var buttons=[].slice.call(document.querySelectorAll('.session'));
    var filter=document.getElementById('filter'),all=document.getElementById('all'),count=document.getElementById('count');
    var trace=null;
    function show(){
      var words=filter.value.toLowerCase().split(/\\s+/).filter(Boolean),shown=0;
      commits.forEach(function(c){
        var fits=words.every(function(w){return c.dataset.words.indexOf(w)>=0});
        c.classList.toggle('hidden',!fits);
        c.classList.toggle('faint',fits&&trace!==null&&c.dataset.traces.split(' ').indexOf(trace)<0);
        if(fits)shown++;
      });
      count.textContent=words.length?shown+' of '+commits.length:'';
      buttons.forEach(function(b){b.setAttribute('aria-pressed',String(b.dataset.trace===trace))});
    }
    buttons.forEach(function(b){b.addEventListener('click',function(){
      trace=trace===b.dataset.trace?null:b.dataset.trace;show();
      var first=trace&&commits.filter(function(c){return !c.classList.contains('faint')})[0];
      if(first)first.scrollIntoView({block:'center',behavior:'smooth'});
    })});
    filter.addEventListener('input',show);
    all.addEventListener('click',function(){
      var open=commits.some(function(c){return !c.open});
      commits.forEach(function(c){c.open=open});
      all.textContent=open?'Close all':'Open all';
    });
    function follow(){var c=document.getElementById(location.hash.slice(1));if(c&&c.open===false)c.open=true}
    window.addEventListener('hashchange',follow);follow();
    })();
    """
}
