import Basics
import Testing
import Trails

@Suite struct DefinitionFinderTests {
  private func find(_ path: String, _ text: String) -> [String] {
    DefinitionFinder.definitions(of: BytePath(path), in: Array(text.utf8)).map {
      "\($0.kind.rawValue) \($0.qualifiedName) \($0.lines.lowerBound)-\($0.lines.upperBound)"
    }
  }

  @Test func python() {
    let text = """
      import os

      # what an order costs
      @cached
      async def total(
          items,
      ):
          return 1

      class Order(Base):
          def pay(self):
              if self.paid: return

              return 2

          x = 1
      print(total)
      """
    #expect(find("a.py", text) == ["function total 3-8", "type Order 10-16", "method Order.pay 11-14"])
  }

  @Test func script() {
    let text = """
      export default async function load(url) {
        return fetch(url)
      }
      export const twice = (x) => {
        return x * 2
      }
      const one = x => x
      export class Cart extends Base {
        private async add(item: Item): Promise<void> {
          if (item) {
            return
          }
        }
        get size() { return 1 }
      }
      interface Item { id: string }
      type Key = string
      const type = 3
      load("x")
      """
    #expect(
      find("a.ts", text) == [
        "function load 1-3", "function twice 4-6", "function one 7-7", "type Cart 8-15", "method Cart.add 9-13",
        "method Cart.size 14-14", "type Item 16-16", "type Key 17-17",
      ])
  }

  @Test func go() {
    let text = """
      package main

      // Run runs.
      func Run(ctx context.Context) error {
      \treturn nil
      }

      func (s *Server) Close() {
      }

      type Server struct {
      \tname string
      }
      """
    #expect(find("a.go", text) == ["function Run 3-6", "function Server.Close 8-9", "type Server 11-13"])
  }

  @Test func rust() {
    let text = """
      #[derive(Debug)]
      pub(crate) struct Pool<T> {
          items: Vec<T>,
      }
      impl<T> Drop for Pool<T> {
          fn drop(&mut self) {}
      }
      pub async fn run() -> Result<()>
      where T: Send,
      {
          Ok(())
      }
      """
    #expect(
      find("a.rs", text) == ["type Pool 1-4", "type Pool 5-7", "method Pool.drop 6-6", "function run 8-12"])
  }

  @Test func swift() {
    let text = """
      public final class Store {
        init(_ path: String) {
          self.path = path
        }
        @MainActor private static func read() throws {
        }
        class func make() -> Store { Store("") }
        static func < (a: Store, b: Store) -> Bool { true }
      }
      extension Store: Sendable {}
      """
    #expect(
      find("a.swift", text) == [
        "type Store 1-9", "method Store.init 2-4", "method Store.read 5-6", "method Store.make 7-7",
        "method Store.< 8-8", "type Store 10-10",
      ])
  }

  @Test func cAndJava() {
    let c = """
      #include <x.h>
      static int count(const char *s)
      {
        for (;;) { call(s); }
        return 0;
      }
      struct node {
        int a;
      };
      struct node *make(void) {
        return 0;
      }
      int later(void);
      """
    #expect(find("a.c", c) == ["function count 2-6", "type node 7-9", "function make 10-12"])
    let java = """
      public class Order {
        public Order(int id) {
        }
        @Override
        public String name(int a,
            int b) {
          return x.call(1);
        }
      }
      """
    #expect(find("A.java", java) == ["type Order 1-9", "method Order.Order 2-3", "method Order.name 4-8"])
  }

  @Test func rubyShellAndMarkdown() {
    let ruby = """
      module Shop
        class Cart < Base
          def self.open
            1
          end
        end
      end
      """
    #expect(find("a.rb", ruby) == ["module Shop 1-7", "type Shop.Cart 2-6", "method Shop.Cart.open 3-5"])
    #expect(
      find("a.sh", "build() {\n  make\n}\nfunction run {\n  x\n}\n") == ["function build 1-3", "function run 4-6"])
    let markdown = "# A\ntext\n## B\n```\n# no\n```\n## C\n# D\n"
    #expect(find("a.md", markdown) == ["heading A 1-7", "heading A › B 3-6", "heading A › C 7-7", "heading D 8-9"])
  }

  @Test func unknownAndDamagedFilesHaveNone() {
    #expect(find("a.bin", "def x():\n").isEmpty)
    #expect(find("noextension", "def x():\n").isEmpty)
    #expect(find("a.py", "").isEmpty)
    var noise: [UInt8] = []
    for at in 0..<5000 { noise.append(UInt8((at * 7919 + at / 13) & 0xFF)) }
    for name in ["a.py", "a.ts", "a.go", "a.rs", "a.swift", "a.c", "a.java", "a.rb", "a.php", "a.sh", "a.md"] {
      for definition in DefinitionFinder.definitions(of: BytePath(name), in: noise) {
        #expect(definition.lines.contains(definition.line))
      }
    }
  }
}
