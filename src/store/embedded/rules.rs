//! Merchandising rules: replaced whole, deleted, read in the order of ids.

use rusqlite::{Connection, params};

use crate::{
    domain::{
        Id,
        merchandising::{MOST_RULES, MerchandisingRule},
        store::{Refusal, StoreError},
    },
    store::embedded::text,
};

/// Creates a rule or replaces it whole. Returns whether it is new.
pub(super) fn put(conn: &Connection, rule: &MerchandisingRule) -> Result<Result<bool, Refusal>, StoreError> {
    let id = rule.id.as_str();
    let is_new = !conn.prepare_cached("SELECT 1 FROM merchandising_rules WHERE id = ?")?.exists([id])?;
    if is_new && count(conn)? >= MOST_RULES {
        return Ok(Err(Refusal::TooManyRules));
    }
    let content = serde_json::to_string(rule).map_err(|_| StoreError::Failed("a rule has no JSON".into()))?;
    let mut upsert = conn.prepare_cached(
        "INSERT INTO merchandising_rules (id, content) VALUES (?, ?)
         ON CONFLICT (id) DO UPDATE SET content = excluded.content",
    )?;
    upsert.execute(params![id, content])?;
    Ok(Ok(is_new))
}

/// Returns whether there was one.
pub(super) fn delete(conn: &Connection, rule: &Id) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("DELETE FROM merchandising_rules WHERE id = ?")?.execute([rule.as_str()])? > 0)
}

/// All of them, in the order of ids.
pub(super) fn all(conn: &Connection) -> Result<Vec<MerchandisingRule>, StoreError> {
    let mut select = conn.prepare("SELECT id, content FROM merchandising_rules ORDER BY id")?;
    let mut rows = select.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let rule = serde_json::from_str(text(row, 1)?);
        all.push(rule.map_err(|error| {
            let id = text(row, 0).unwrap_or_default();
            StoreError::Failed(format!("the merchandising rule {id:?} can't be read back: {error}"))
        })?);
    }
    Ok(all)
}

fn count(conn: &Connection) -> Result<usize, StoreError> {
    let count: i64 = conn.query_row("SELECT count(*) FROM merchandising_rules", [], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}
