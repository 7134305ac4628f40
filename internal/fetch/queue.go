package fetch

// A queue holds tasks in order; what comes back goes to the front.
type queue struct {
	back  []*task // a stack: its last element is next
	tasks []*task
	at    int
}

func (q *queue) len() int { return len(q.back) + len(q.tasks) - q.at }

func (q *queue) push(t *task) { q.tasks = append(q.tasks, t) }

// unpop puts tasks, in their order, before all others.
func (q *queue) unpop(tasks ...*task) {
	for i := len(tasks) - 1; i >= 0; i-- {
		q.back = append(q.back, tasks[i])
	}
}

// pop gives the next task, or nil.
func (q *queue) pop() *task {
	if n := len(q.back); n > 0 {
		t := q.back[n-1]
		q.back = q.back[:n-1]
		return t
	}
	if q.at == len(q.tasks) {
		return nil
	}
	t := q.tasks[q.at]
	q.tasks[q.at] = nil
	if q.at++; q.at == len(q.tasks) {
		q.tasks, q.at = q.tasks[:0], 0
	}
	return t
}
